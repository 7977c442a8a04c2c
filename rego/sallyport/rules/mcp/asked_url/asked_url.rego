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
	regex.match(_url_characters, input.context.arguments.url)

	# Further ones stand inside the address; the first is of the whole text, where that begins as it does.
	whole := [url | some url in input.context.urls; url.pointer == "/url"][0]
	begin := concat("", [whole.scheme, "://", whole.host])
	startswith(input.context.arguments.url, begin)
	regex.match(_after_host, substring(input.context.arguments.url, count(begin), -1))
	_safe(whole)
	_listed(whole)
}

# RFC 3986 §2 without the apostrophe: blanks, controls, backslashes and quotes are read in more than one way.
_url_characters := `^[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+$`

_after_host := `^(:[0-9]{1,5})?([/?#].*)?$`

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
