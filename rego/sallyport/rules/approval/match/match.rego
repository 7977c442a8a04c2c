package sallyport.rules.approval.match

import future.keywords.not

import data.sallyport.reason

# METADATA
# title: The approval that was presented belongs to another call
# description: An approval is for exactly one action. Any status that is not known counts as a mismatch.
# custom:
#   code: APPROVAL_MISMATCH
#   severity: critical
#   controls: [ASI09]
#   owner: platform-security
_mismatch := reason.of(rego.metadata.chain())

# METADATA
# title: A person has denied this call
# description: >-
#   The people's reason follows when they gave one. The same call stays denied; a different call may be asked for.
# custom:
#   code: APPROVAL_DENIED
#   severity: high
#   controls: [ASI09]
#   owner: platform-security
_denied := reason.of(rego.metadata.chain())

# METADATA
# title: The approval has expired
# description: Nobody decided in time, or the call came too late after the approval.
# custom:
#   code: APPROVAL_EXPIRED
#   severity: medium
#   controls: [ASI09]
#   owner: platform-security
_expired := reason.of(rego.metadata.chain())

deny contains _mismatch if not _recognised

deny contains reason.saying(_denied, _why) if input.context.approval.status == "denied"

deny contains _expired if input.context.approval.status == "expired"

_recognised if input.context.approval.status in {"none", "pending", "approved", "denied", "expired"}

default _why := "no reason was given"

_why := input.context.approval.reason if {
	is_string(input.context.approval.reason)
	input.context.approval.reason != ""
}
