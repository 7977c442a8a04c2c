# Rules of a tool that exists in tests only, with names that no folder could have.
# regal ignore:directory-package-mismatch
package sallyport.tools["made-up server"]["delete/all"]

import data.sallyport.reason

# METADATA
# title: The tool permits itself
# custom:
#   code: MADE_UP_PERMIT
#   severity: low
_permitted := reason.of(rego.metadata.chain())

# METADATA
# title: The tool denies itself
# custom:
#   code: MADE_UP_DENY
#   severity: high
_denied := reason.of(rego.metadata.chain())

# METADATA
# title: The tool asks for people
# custom:
#   code: MADE_UP_HOLD
#   severity: medium
_held := reason.of(rego.metadata.chain())

permit contains _permitted if input.context.arguments.permit

deny contains _denied if input.context.arguments.deny

hold contains {"reason": _held, "approval": {}} if input.context.arguments.hold

oblige contains {"type": "label_session", "labels": ["made-up"]} if input.context.arguments.oblige

hide contains _denied if input.context.arguments.hide

block contains _denied if input.context.arguments.block

label contains "made-up" if input.context.arguments.label

redact contains {"detector": "email"} if input.context.arguments.redact
