package sallyport.rules.exfiltration.chain

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The session has read private data, and this tool sends data out
# description: >-
#   Each of the two calls is legitimate alone; together they are an exfiltration. An allow-listed destination
#   does not mend that. Start a new session for work that needs no private data.
# custom:
#   code: EXFILTRATION_CHAIN
#   severity: critical
#   controls: [ASI01, ASI02]
#   owner: platform-security
deny contains reason.of(rego.metadata.chain()) if {
	not _stays_inside
	not _nothing_private
}

_stays_inside if target.other_than_tool(input.resource.type)

_stays_inside if input.resource.properties.catalog.sink == "internal"

_nothing_private if {
	is_array(input.context.session.labels)
	not "read:private" in input.context.session.labels
}
