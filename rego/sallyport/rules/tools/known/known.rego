package sallyport.rules.tools.known

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The tool is not in the catalog
# description: >-
#   Its sensitivity and reversibility are not known, so it is neither run nor shown. Critical, so that it is
#   reported first: the other rules assume the worst of an unknown tool and give reasons too.
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
