package sallyport.rules.destinations.allow_list

import future.keywords.not

import data.sallyport.lib.sinks
import data.sallyport.reason

# METADATA
# title: The destination is not on the server's allow-list
# description: >-
#   Every URL in the arguments of an external sink has to be https, to a host and port in
#   `data.sallyport.destinations[server].hosts`. A server without such a list has no allow-list only where the catalog
#   names the tool's `destination`: what these may be is then for the rules of provenance.
# custom:
#   code: DESTINATION_NOT_ALLOWED
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
_destination_not_allowed := reason.of(rego.metadata.chain())

deny contains reason.saying(_destination_not_allowed, _shown(url)) if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not sinks.stays_inside
	not _left_to_provenance
	some url in _urls
	not _allowed(url)
}

_left_to_provenance if {
	is_array(input.resource.properties.catalog.destination)
	count(input.resource.properties.catalog.destination) > 0
	not data.sallyport.destinations[input.resource.properties.server].hosts
}

# Facts that are absent or not a list become one URL that no list contains.
default _urls := [null]

_urls := input.context.urls if is_array(input.context.urls)

_allowed(url) if {
	url.scheme == "https"
	_port(url) in data.sallyport.destinations[input.resource.properties.server].hosts[url.host]
}

_port(url) := 443 if url.port == null

else := url.port

default _shown(_) := "a URL that cannot be read"

_shown(url) := concat("://", [url.scheme, url.host])
