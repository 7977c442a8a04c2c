package sallyport.rules.verify.history

import data.sallyport.reason

# METADATA
# title: The proof asks what the session has done
# description: Says of each earlier call of the session its tool, what came of it and its labels.
# custom:
#   code: HISTORY_TOLD
#   severity: critical
#   controls: [ASI09]
#   owner: platform-security
_told := reason.of(rego.metadata.chain())

deny contains reason.saying(_told, concat(" ", array.concat([sprintf("%d:", [input.context.session.calls])], _calls))) if {
	input.resource.properties.tool == "put_transfer"
}

_calls := [text |
	some call in input.context.session.history
	text := sprintf("%s=%s[%s]", [split(call.tool, "/")[1], _outcome(call), concat(",", call.labels)])
]

_outcome(call) := "none" if call.outcome == null

_outcome(call) := call.outcome if call.outcome != null
