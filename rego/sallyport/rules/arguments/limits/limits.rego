package sallyport.rules.arguments.limits

import future.keywords.not

import data.sallyport.reason

# METADATA
# title: An argument is outside its limit
# description: >-
#   `data.sallyport.limits[server][tool][argument]` holds the lower and upper bounds of a number.
#   An argument that has a limit and is missing or not a number is outside it.
# custom:
#   code: ARGUMENT_OVER_LIMIT
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
_over_limit := reason.of(rego.metadata.chain())

deny contains reason.saying(_over_limit, _bounds(name, limit)) if {
	properties := input.resource.properties
	some name, limit in data.sallyport.limits[properties.server][properties.tool]
	not _within(input.context.arguments[name], limit)
}

_within(value, limit) if {
	is_number(value)
	is_number(limit.above)
	is_number(limit.max)
	value > limit.above
	value <= limit.max
}

default _bounds(_, _) := "the limit cannot be read"

_bounds(name, limit) := concat(" ", [
	name, "must be above", json.marshal(limit.above), "and at most", json.marshal(limit.max),
])
