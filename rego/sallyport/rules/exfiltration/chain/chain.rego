package sallyport.rules.exfiltration.chain

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The session has read private data, and this tool sends data out
# description: >-
#   Each of the two calls is legitimate alone; together they are an exfiltration. An allow-listed destination
#   does not change that. Start a new session for work that needs no private data.
# custom:
#   code: EXFILTRATION_CHAIN
#   severity: critical
#   controls: [ASI01, ASI02]
#   owner: platform-security
_exfiltration_chain := reason.of(rego.metadata.chain())

deny contains _exfiltration_chain if {
	not target.keeps_inside(input.resource.type, input.resource.properties.catalog.sink)
	not _nothing_private
}

_nothing_private if {
	is_array(input.context.session.labels)
	not "read:private" in input.context.session.labels
}
