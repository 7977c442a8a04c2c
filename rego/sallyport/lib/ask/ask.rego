# METADATA
# title: Whom to ask
# description: >-
#   What a rule asks of people about this call, from `data.sallyport.approvers[server]`. Where that names nobody, a rule
#   that would ask denies instead, with a reason that says so.
package sallyport.lib.ask

import future.keywords.not

import data.sallyport.lib.summary
import data.sallyport.reason

# METADATA
# description: True when people are named for the server of this call.
named if {
	is_string(_asked.role)
	_asked.role != ""
}

# METADATA
# description: The reason of a deny where nobody can be asked.
unanswered(found) := reason.saying(found, "nobody is named in data.sallyport.approvers for this server")

# METADATA
# description: >-
#   The requirement of a hold of this call. Empty when the data or the call lacks a part, so that the hold is incomplete
#   and the call is denied.
# scope: document
default requirement := {}

requirement := {
	"require": [{"role": _asked.role, "count": _asked.count}],
	"distinct_from": ["acting_for", "agent_owner"],
	"approve_within": _asked.approve_within,
	"execute_within": _asked.execute_within,
	"justification": _asked.justification,
	"scope": "once",
	"summary": _summary,
}

_asked := data.sallyport.approvers[input.resource.properties.server]

_summary := concat(" ", ["Run", input.resource.id, "with arguments that the gateway has not read"]) if {
	not input.context.arguments_omitted == false
} else := summary.sentence(_asked.summaries[input.resource.properties.tool], input.context.arguments) if {
	_asked.summaries[input.resource.properties.tool]
} else := summary.listing(input.resource.id, input.context.arguments)
