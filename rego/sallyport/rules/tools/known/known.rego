package sallyport.rules.tools.known

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The tool is not in the catalog
# description: >-
#   Nobody has said how sensitive or reversible it is, so it is neither run nor shown. Critical, so that it is
#   told first: the other rules take what is not known for the worst, and say so too.
# custom:
#   code: TOOL_UNKNOWN
#   severity: critical
#   controls: [ASI02, ASI04]
#   owner: platform-security
_tool_unknown := reason.of(rego.metadata.chain())

deny contains reason.saying(_tool_unknown, _id) if not _known

default _id := null

_id := input.resource.id

# METADATA
# title: A tool outside the catalog is not shown
hide contains each if some each in deny

_known if target.other_than_tool(input.resource.type)

_known if input.resource.properties.catalog.known == true
