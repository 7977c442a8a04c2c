package sallyport.rules.mcp.pins

import future.keywords.not

import data.sallyport.lib.pins
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The definition of the prompt or resource is neither the catalog's nor accepted, as its pins require
# description: >-
#   With the pins `catalog`, a prompt, a resource or its template needs a line of its kind in the catalog, and the
#   definition whose digest the line names. With the pins `accepted`, a person has to accept the definition first.
# custom:
#   code: DEFINITION_NOT_PINNED
#   severity: critical
#   controls: [ASI04]
#   owner: platform-security
_definition_not_pinned := reason.of(rego.metadata.chain())

deny contains _definition_not_pinned if {
	target.listed(input.resource.type)
	not pins.counts
}

# METADATA
# title: A prompt or resource whose definition does not count is not shown
hide contains each if some each in deny
