package sallyport.rules.destinations.told

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The tool sends data out, and the call does not say where to
# description: >-
#   `data.sallyport.destinations[server].arguments[tool]` names the arguments of an external sink that say where it
#   sends. Each has to be a readable URL. A sink without such arguments, or whose arguments were not read, could send
#   anywhere.
# custom:
#   code: DESTINATION_UNKNOWN
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
_destination_unknown := reason.of(rego.metadata.chain())

deny contains _destination_unknown if {
	not target.keeps_inside(input.resource.type, input.resource.properties.catalog.sink)
	not _told
}

_told if {
	input.context.arguments_omitted == false
	properties := input.resource.properties
	named := data.sallyport.destinations[properties.server].arguments[properties.tool]
	count(named) > 0
	every name in named {
		_readable(name)
	}
}

# The argument begins with the URL that was found in it, so nothing before it can be the real destination.
_readable(name) if {
	is_array(input.context.urls)
	some url in input.context.urls
	url.pointer == concat("", ["/", name])
	startswith(input.context.arguments[name], concat("", [url.scheme, "://", url.host]))
}
