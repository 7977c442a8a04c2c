# METADATA
# title: The three answers
# description: >-
#   Collects the results of the rules below `data.sallyport.rules` and of those of the called tool below
#   `data.sallyport.tools`. Deny overrides hold, hold overrides allow,
#   and no answer is deny. Each gives exactly one value for every input.
# custom:
#   results: exports
package sallyport.main

import future.keywords.not

import data.sallyport.lib.hold
import data.sallyport.lib.risk
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: May this call run?
# entrypoint: true
decision := {
	"effect": _effect,
	"reasons": array.concat(reason.ordered(_reasons[_effect]), _remarks[_effect]),
	"obligations": _obligations[_effect],
	"approval": _approval[_effect],
	"risk": _risk,
}

default _effect := "deny"

_effect := "hold" if {
	count(_denials) == 0
	_waiting
}

_effect := "allow" if {
	count(_denials) == 0
	not _waiting
}

# An approval that does not satisfy the current requirement leads to a new hold: policy may have become stricter since.
_waiting if {
	count(_holds) > 0
	not _answered
}

_answered if {
	_approved
	hold.answered(input.context.approval, hold.merged(_holds), input.subject)
}

_approved if input.context.approval.status == "approved"

_reasons := {"allow": _permits, "hold": {each.reason | some each in _holds}, "deny": _reported_denials}

# What rules in shadow have found stands behind who permitted the call, and only where nothing else stops it.
_remarks := {"allow": reason.ordered(_shadows), "hold": [], "deny": []}

# People see and approve what will be sent, so what is taken out of a call is taken out before they are asked.
_obligations := {"allow": sort(_obliged | _consumed), "hold": sort(_taken_out), "deny": []}

_taken_out contains each if {
	some each in _obliged
	each.type == "redact_arguments"
}

# An approval is used up by the call it was given for, even when policy no longer asks for one.
_consumed contains {"type": "consume_approval"} if _approved

_approval := {"allow": null, "hold": _requirement, "deny": null}

# Only a hold that stands reaches the answer, and that one is complete; see _denials.
default _requirement := null

_requirement := hold.merged(_holds) if _effect == "hold"

default _risk := null

_risk := risk.score

# A rule whose METADATA has the mode `shadow` stops nothing and permits nothing; what it would have stopped is told.
_permits contains each if {
	some each in _permitted
	not reason.in_shadow(each)
}

_permitted contains data.sallyport.rules[_][_].permit[_]

_permitted contains each if {
	input.resource.type == "tool"
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].permit
}

_holds contains each if {
	some each in _held
	not reason.in_shadow(each.reason)
}

_held contains data.sallyport.rules[_][_].hold[_]

_held contains each if {
	_is_tool
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].hold
}

_shadows contains data.sallyport.rules[_][_].shadow[_]

_shadows contains each if {
	_is_tool
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].shadow
}

_shadows contains reason.shadowed(each) if {
	some each in _denied
	reason.in_shadow(each)
}

_shadows contains reason.shadowed(each.reason) if {
	some each in _held
	reason.in_shadow(each.reason)
}

_obliged contains data.sallyport.rules[_][_].oblige[_]

_obliged contains each if {
	_is_tool
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].oblige
}

# What is of no known kind is denied and held as a tool; only a known tool is permitted as one.
_is_tool if not target.other_than_tool(input.resource.type)

# METADATA
# title: No rule permits this call
# description: No answer is deny. No entitlement of this caller covers the call.
# custom:
#   code: NO_RULE_PERMITS
#   rule: main/default
#   severity: medium
#   controls: [ASI02, ASI03]
#   owner: platform-security
_no_rule_permits := reason.of(rego.metadata.chain())

# METADATA
# title: A rule asks for approval but does not say of whom or for how long
# description: An incomplete hold could be released by nobody, or by anybody. Correct the rule or the approvers' data.
# custom:
#   code: HOLD_INCOMPLETE
#   rule: main/hold
#   severity: high
#   controls: [ASI09]
#   owner: platform-security
_hold_incomplete := reason.of(rego.metadata.chain())

_denied contains data.sallyport.rules[_][_].deny[_]

_denied contains each if {
	_is_tool
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].deny
}

_denials contains each if {
	some each in _denied
	not reason.in_shadow(each)
}

_denials contains reason.saying(_no_rule_permits, _needed) if count(_permits) == 0

_denials contains _hold_incomplete if {
	some each in _holds
	not hold.complete(each)
}

default _needed := null

_needed := concat(" ", [input.resource.id, "needs an entitlement"]) if {
	input.resource.type == "tool"
} else := concat(" ", [
	input.action.name, "needs an entitlement for",
	input.resource.properties.server,
])

# The other rules assume the worst of an unknown tool, so their reasons would be guesses: only TOOL_UNKNOWN is reported.
_reported_denials := _unknown if count(_unknown) > 0

_reported_denials := _denials if count(_unknown) == 0

_unknown contains each if {
	input.resource.properties.catalog.known == false
	some each in _denials
	each.rule == "tools/known"
}

# METADATA
# title: May this tool be shown?
# description: Static facts only. A tool is shown when a permit exists for it and no rule hides it.
# entrypoint: true
default visible := {"visible": false}

visible := {"visible": true} if {
	_speaks("list")
	count(_permits) > 0
	count(_hidden) == 0
}

_hidden contains data.sallyport.rules[_][_].hide[_]

_hidden contains each if {
	_is_tool
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].hide
}

# METADATA
# title: What may come back?
# description: >-
#   A block overrides redactions. The session gets the labels whatever the effect is. A call without a permit gets
#   nothing back.
# entrypoint: true
result := {
	"effect": _result_effect,
	"reasons": reason.ordered(_block_reasons[_result_effect]),
	"redactions": _redacted[_result_effect],
	"labels": sort(_labels),
}

default _result_effect := "block"

_result_effect := "redact" if {
	_returnable
	count(_redactions) > 0
}

_result_effect := "pass" if {
	_returnable
	count(_redactions) == 0
}

_returnable if {
	_speaks("result")
	count(_permits) > 0
	count(_blocks) == 0
}

_block_reasons := {"pass": set(), "redact": set(), "block": _blocks}

_redacted := {"pass": [], "redact": sort(_redactions), "block": []}

_blocks contains each if {
	some each in _blocking
	not reason.in_shadow(each)
}

_blocking contains data.sallyport.rules[_][_].block[_]

_blocking contains each if {
	_is_tool
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].block
}

_redactions contains data.sallyport.rules[_][_].redact[_]

_redactions contains each if {
	_is_tool
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].redact
}

_labels contains data.sallyport.rules[_][_].label[_]

_labels contains each if {
	_is_tool
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].label
}

_speaks(phase) if {
	input.contract == 1
	input.phase == phase
}
