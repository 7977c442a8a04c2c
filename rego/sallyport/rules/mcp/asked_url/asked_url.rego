package sallyport.rules.mcp.asked_url

import future.keywords.not

import data.sallyport.lib.asked
import data.sallyport.reason

# METADATA
# title: The MCP server sends the person to a page that is not allowed
# description: >-
#   The page of an elicitation in URL mode has to be https, or of the person's own machine, and its host one of
#   `data.sallyport.server_requests[server].url_hosts` where the server has such a list.
# custom:
#   code: PAGE_NOT_ALLOWED
#   severity: high
#   controls: [ASI01, ASI09]
#   owner: platform-security
_page_not_allowed := reason.of(rego.metadata.chain())

deny contains _page_not_allowed if {
	asked.kind == "elicitation"
	input.context.arguments.mode == "url"
	not _allowed
}

_allowed if {
	some url in input.context.urls
	url.pointer == "/url"
	startswith(input.context.arguments.url, concat("", [url.scheme, "://", url.host]))
	_safe(url)
	_listed(url)
}

_safe(url) if url.scheme == "https"

_safe(url) if {
	url.scheme == "http"
	url.ip_class == "loopback"
}

_safe(url) if {
	url.scheme == "http"
	url.host == "localhost"
}

_listed(_) if not asked.line.url_hosts

_listed(url) if url.host in asked.line.url_hosts
