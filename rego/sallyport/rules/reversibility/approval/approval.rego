package sallyport.rules.reversibility.approval

import future.keywords.not

import data.sallyport.lib.summary
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: What cannot be undone needs a person's approval
# description: >-
#   Holds every tool that is not known to be reversible, for the people named in `data.sallyport.approvers[server]`.
# custom:
#   code: APPROVAL_REQUIRED
#   severity: medium
#   controls: [ASI02, ASI09]
#   owner: platform-security
_approval_required := reason.of(rego.metadata.chain())

hold contains {"reason": _approval_required, "approval": _requirement} if {
	not input.resource.properties.catalog.reversible == true
	not target.other_than_tool(input.resource.type)
}

# METADATA
# title: What cannot be undone needs approvers, and nobody is named for this server
# description: Add the server to `data.sallyport.approvers`.
# custom:
#   code: APPROVERS_MISSING
#   severity: high
#   controls: [ASI09]
#   owner: platform-security
_approvers_missing := reason.of(rego.metadata.chain())

deny contains _approvers_missing if {
	not input.resource.properties.catalog.reversible == true
	not target.other_than_tool(input.resource.type)
	not _asked.role
}

_asked := data.sallyport.approvers[input.resource.properties.server]

default _requirement := {}

_requirement := {
	"require": [{"role": _asked.role, "count": _asked.count}],
	"distinct_from": ["acting_for", "agent_owner"],
	"approve_within": _asked.approve_within,
	"execute_within": _asked.execute_within,
	"justification": _asked.justification,
	"scope": "once",
	"summary": _summary,
}

_summary := summary.sentence(_asked.summaries[input.resource.properties.tool], input.context.arguments) if {
	_asked.summaries[input.resource.properties.tool]
} else := summary.listing(input.resource.id, input.context.arguments)
