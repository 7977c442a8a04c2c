package sallyport.rules.tools.definition

import future.keywords.not

import data.sallyport.lib.pins
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The tool changed its definition since it was pinned; an operator has to accept the new one
# description: >-
#   A description or schema that changes after people have looked at it may carry instructions to the agent.
#   The tool is neither run nor shown until an operator accepts the new definition.
# custom:
#   code: TOOL_DEFINITION_CHANGED
#   severity: critical
#   controls: [ASI04]
#   owner: platform-security
_definition_changed := reason.of(rego.metadata.chain())

deny contains _definition_changed if not _unchanged

# METADATA
# title: A tool with a changed definition is not shown
hide contains each if some each in deny

_unchanged if target.other_than_tool(input.resource.type)

_unchanged if pins.unchanged
