package sallyport.rules.destinations.allow_list

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The tool sends data out, and the call does not say where to
# description: An external sink without any URL in its arguments could go anywhere. So could one whose arguments were not read.
# custom:
#   code: DESTINATION_UNKNOWN
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
deny contains reason.of(rego.metadata.chain()) if {
	not _stays_inside
	not _told
}

# METADATA
# title: The destination is not on the server's allow-list
# description: Every URL in the arguments has to be https to a host and port in `data.sallyport.destinations[server]`.
# custom:
#   code: DESTINATION_NOT_ALLOWED
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
deny contains reason.saying(rego.metadata.chain(), $"{url.scheme}://{url.host}") if {
	not _stays_inside
	some url in input.context.urls
	not _allowed(url)
}

_stays_inside if target.other_than_tool(input.resource.type)

_stays_inside if input.resource.properties.catalog.sink == "internal"

_told if {
	input.context.arguments_omitted == false
	is_array(input.context.urls)
	count(input.context.urls) > 0
}

_allowed(url) if {
	url.scheme == "https"
	_port(url) in data.sallyport.destinations[input.resource.properties.server][url.host]
}

_port(url) := 443 if url.port == null

else := url.port
