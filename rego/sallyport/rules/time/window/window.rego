package sallyport.rules.time.window

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

_working_days := {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}

# METADATA
# title: Tools that keep office hours run Monday to Friday, 08:00 to 18:00 UTC
# description: >-
#   Outside these hours no one is there to notice a mistake. Off unless the tool's catalog line has `hours` among its
#   `facts`: `office`, or `any`. Any other word counts as office.
# custom:
#   code: OUTSIDE_HOURS
#   severity: medium
#   controls: [ASI02]
#   owner: platform-security
_outside_hours := reason.of(rego.metadata.chain())

deny contains _outside_hours if {
	not _any_time
	not _working_hours
}

_any_time if target.other_than_tool(input.resource.type)

_any_time if {
	is_object(input.resource.properties.catalog.facts)
	not "hours" in object.keys(input.resource.properties.catalog.facts)
}

_any_time if input.resource.properties.catalog.facts.hours == "any"

_working_hours if {
	input.context.time.zone == "UTC"
	input.context.time.weekday in _working_days
	is_number(input.context.time.hour)
	input.context.time.hour >= 8
	input.context.time.hour < 18
}
