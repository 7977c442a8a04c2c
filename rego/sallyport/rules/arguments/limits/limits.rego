package sallyport.rules.arguments.limits

import future.keywords.not

import data.sallyport.reason

# METADATA
# title: An argument is outside its limit
# description: >-
#   `data.sallyport.limits[server][tool][argument]` holds the lower and upper bounds of a number.
#   An argument that has a limit and is missing or not a number is outside it. A name that begins with a slash is a JSON
#   pointer, in which a star stands for every step there is, at most eight of them: `/items/*/amount`.
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
# From star to star, so that each member is looked at once, and nothing beside the pointer.
_all_within(args, pointer, limit) if {
	parts := _parts([replace(replace(step, "~1", "/"), "~0", "~") |
		some step in array.slice(split(pointer, "/"), 1, 64)
	])
	count(parts) <= _most_stars + 1
	members := _below_four(_below_four([args], parts, 0), parts, 4)
	inside := [value | some member in members; value := _at(member, parts[count(parts) - 1]); _within(value, limit)]
	count(inside) == count(members)
}

# As many as the two rounds of `_below_four` follow.
_most_stars := 8

# The steps up to each star, and those after the last.
_parts(steps) := [{"steps": part, "numbered": _numbered(part)} |
	some index, end in array.concat(stars, [count(steps)])
	part := array.slice(steps, begins[index], end)
] if {
	stars := [at | some at, step in steps; step == "*"]
	begins := array.concat([0], [next | some star in stars; next := star + 1])
}

# A number may be a place in a list.
default _numbered(_) := false

_numbered(steps) if {
	some step in steps
	trim(step, "0123456789") == ""
}

_below_four(values, parts, star) := _members(_members(two, parts, star + 2), parts, star + 3) if {
	two := _members(_members(values, parts, star), parts, star + 1)
}

# What stands at the star with this number; of a pointer without it, the values. Undefined where one has nothing there.
_members(values, parts, star) := values if {
	star >= count(parts) - 1
} else := [member | some list in lists; some member in list] if {
	lists := [list | some value in values; list := _at(value, parts[star]); _has_members(list)]
	count(lists) == count(values)
}

_at(value, part) := value if {
	part.steps == []
} else := object.get(value, part.steps, null) if {
	part.numbered == false
	is_object(value)
} else := found if {
	part.numbered
	walk(value, [path, found])
	[text | some step in path; text := sprintf("%v", [step])] == part.steps
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
