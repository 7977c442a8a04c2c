package sallyport.rules.mcp.definition

import future.keywords.not

import data.sallyport.lib.pins
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The prompt or resource changed its definition since it was pinned; an operator has to accept the new one
# description: >-
#   Agents read what a server says of a prompt, a resource or a template as they read what it says of a tool, and it may
#   carry instructions. What has changed is neither given nor shown until an operator accepts the new definition. A
#   resource that no list has named has the definition of its template.
# custom:
#   code: DEFINITION_CHANGED
#   severity: critical
#   controls: [ASI04]
#   owner: platform-security
_definition_changed := reason.of(rego.metadata.chain())

deny contains _definition_changed if {
	target.listed(input.resource.type)
	not pins.unchanged
}

# METADATA
# title: A prompt or resource with a changed definition is not shown
hide contains each if some each in deny
