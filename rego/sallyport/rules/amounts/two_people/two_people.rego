package sallyport.rules.amounts.two_people

import future.keywords.not

import data.sallyport.lib.summary
import data.sallyport.reason

# METADATA
# title: Above this amount two people approve, one of them of another team
# description: >-
#   `data.sallyport.two_people[server][tool]` names the argument and the amount up to which one person is enough.
#   For a requester whose team no claim names, two people of any team must approve.
# custom:
#   code: TWO_PEOPLE_REQUIRED
#   severity: high
#   controls: [ASI02, ASI09]
#   owner: platform-security
_two_people := reason.of(rego.metadata.chain())

hold contains {"reason": _two_people, "approval": _requirement(limit)} if {
	limit := data.sallyport.two_people[input.resource.properties.server][input.resource.properties.tool]
	not _small(limit)
}

_small(limit) if {
	amount := input.context.arguments[limit.argument]
	is_number(amount)
	amount <= limit.up_to
}

default _requirement(_) := {}

_requirement(limit) := {
	"require": _require(limit.role, input.subject.properties.claims),
	"distinct_from": ["acting_for", "agent_owner"],
	"approve_within": limit.approve_within,
	"execute_within": limit.execute_within,
	"justification": true,
	"scope": "once",
	"proof": limit.proof,
	"summary": summary.listing(input.resource.id, input.context.arguments),
}

_require(role, claims) := [
	{"role": role, "count": 1},
	{"role": role, "count": 1, "outside_team": claims.team},
] if {
	is_string(claims.team)
	claims.team != ""
} else := [{"role": role, "count": 2}]
