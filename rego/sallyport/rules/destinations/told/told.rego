package sallyport.rules.destinations.told

import future.keywords.not

import data.sallyport.lib.ask
import data.sallyport.lib.provenance
import data.sallyport.lib.sinks
import data.sallyport.reason

# METADATA
# title: The tool sends data out, and the call does not say where to
# description: >-
#   An external sink says where it sends in the arguments that the catalog names as `destination`, whatever kind of
#   destination they hold; given none, it sends to its `target`. Where
#   `data.sallyport.destinations[server].arguments[tool]` names arguments, each of them has to be a readable URL. A sink
#   without such arguments, or whose arguments were not read, could send anywhere: people are asked, and where nobody is
#   named it is denied. A call that completes one that was let through need not say it again.
# custom:
#   code: DESTINATION_UNKNOWN
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
_destination_unknown := reason.of(rego.metadata.chain())

hold contains {"reason": _destination_unknown, "approval": provenance.requirement} if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not sinks.stays_inside
	not _told
	ask.named
}

deny contains ask.unanswered(_destination_unknown) if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not sinks.stays_inside
	not _told
	not ask.named
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

_told if {
	not data.sallyport.destinations[input.resource.properties.server].arguments[input.resource.properties.tool]
	count(provenance.facts.destinations) > 0
	every value in provenance.facts.destinations {
		value.role in {"destination", "target"}
		value.pointer != ""
	}
}

# The call that this one completes has said it.
_told if provenance.completing

# The argument begins with the URL that was found in it, so nothing before it can be the real destination.
_readable(name) if {
	is_array(input.context.urls)
	some url in input.context.urls
	url.pointer == concat("", ["/", name])
	startswith(input.context.arguments[name], concat("", [url.scheme, "://", url.host]))
}
