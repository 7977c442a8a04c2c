package sallyport.rules.demo.frozen

import data.sallyport.reason

# METADATA
# title: This tool is frozen for now
# description: The demo adds this rule to its copy of its layer of policy, and edits it while the gateway runs.
# custom:
#   code: TOOL_FROZEN
#   severity: low
#   controls: [ASI02]
#   owner: demo
deny contains reason.of(rego.metadata.chain()) if input.resource.id in _frozen

_frozen := set()
