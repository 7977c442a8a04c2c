package sallyport.rules.tools.pins

import future.keywords.not

import data.sallyport.lib.pins
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The tool's definition is neither the catalog's nor accepted, as the pins of its server require
# description: >-
#   With the pins `catalog`, a tool needs a line in the catalog, and the definition whose digest the line names. With
#   the pins `accepted`, a person has to accept the definition before anybody sees or calls the tool.
# custom:
#   code: TOOL_NOT_PINNED
#   severity: critical
#   controls: [ASI04]
#   owner: platform-security
_tool_not_pinned := reason.of(rego.metadata.chain())

deny contains _tool_not_pinned if not _pinned

# METADATA
# title: A tool whose definition does not count is not shown
hide contains each if some each in deny

_pinned if target.other_than_tool(input.resource.type)

_pinned if pins.counts
