package sallyport.rules.arguments.limits

import future.keywords.not

import data.sallyport.reason

# METADATA
# title: An argument is outside its limit
# description: >-
#   `data.sallyport.limits[server][tool][argument]` holds the lower and upper bounds of a number.
#   An argument that has a limit and is missing or not a number is outside it. A name that begins with a slash is a JSON
#   pointer, in which a star stands for every step there is: `/items/*/amount`.
# custom:
#   code: ARGUMENT_OVER_LIMIT
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
_over_limit := reason.of(rego.metadata.chain())

deny contains reason.saying(_over_limit, _bounds(name, limit)) if {
	properties := input.resource.properties
	some name, limit in data.sallyport.limits[properties.server][properties.tool]
	not startswith(name, "/")
	not _within(input.context.arguments[name], limit)
}

deny contains reason.saying(_over_limit, _bounds(name, limit)) if {
	properties := input.resource.properties
	some name, limit in data.sallyport.limits[properties.server][properties.tool]
	startswith(name, "/")
	not _all_within(input.context.arguments, name, limit)
}

# Up to each star there is a list or an object, and at the end a number within the limit, in every member of what stood
# at the star before: as many of them as there are members. A list without members has no number that could be outside.
_all_within(args, pointer, limit) if {
	steps := [replace(replace(step, "~1", "/"), "~0", "~") | some step in array.slice(split(pointer, "/"), 1, 64)]
	stars := [at | some at, step in steps; step == "*"]
	every index, star in stars {
		wanted := [value | some value in _places(args, array.slice(steps, 0, star)); _has_members(value)]
		count(wanted) == _members(args, steps, stars, index)
	}
	inside := [value | some value in _places(args, steps); _within(value, limit)]
	count(inside) == _members(args, steps, stars, count(stars))
}

# Before the first star there is one place to look at.
_members(_, _, _, 0) := 1

_members(args, steps, stars, index) := count(_places(args, array.slice(steps, 0, stars[index - 1] + 1))) if index > 0

_places(args, steps) := [value |
	walk(args, [path, value])
	_fits(path, steps)
]

_fits(path, steps) if {
	count(path) == count(steps)
	every at, step in steps {
		step in {"*", sprintf("%v", [path[at]])}
	}
}

_has_members(value) if is_array(value)

_has_members(value) if is_object(value)

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
