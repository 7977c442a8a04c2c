package sallyport.rules.amounts.two_people

import future.keywords.not

import data.sallyport.lib.summary
import data.sallyport.reason

# METADATA
# title: Above this amount two people approve
# description: >-
#   `data.sallyport.two_people[server][tool]` names the argument and the amount up to which one person is enough.
#   One of them is of another team than the requester; where no claim names its team, both may be of any.
# custom:
#   code: TWO_PEOPLE_REQUIRED
#   severity: high
#   controls: [ASI02, ASI09]
#   owner: platform-security
_two_people := reason.of(rego.metadata.chain())

hold contains {"reason": _reason, "approval": _requirement(limit)} if {
	limit := data.sallyport.two_people[input.resource.properties.server][input.resource.properties.tool]
	not _small(limit)
}

_small(limit) if {
	amount := input.context.arguments[limit.argument]
	is_number(amount)
	amount <= limit.up_to
}

_reason := reason.saying(_two_people, "one of them of another team") if {
	_has_team
} else := _two_people

default _requirement(_) := {}

_requirement(limit) := {
	"require": _require(limit.role),
	"distinct_from": ["acting_for", "agent_owner"],
	"approve_within": limit.approve_within,
	"execute_within": limit.execute_within,
	"justification": true,
	"scope": "once",
	"proof": limit.proof,
	"summary": summary.listing(input.resource.id, input.context.arguments),
}

_require(role) := [
	{"role": role, "count": 1},
	{"role": role, "count": 1, "outside_team": _claims.team},
] if {
	_has_team
} else := [{"role": role, "count": 2}]

_has_team if {
	is_string(_claims.team)
	_claims.team != ""
}

_claims := input.subject.properties.claims
