package sallyport.rules.exfiltration.chain

import future.keywords.not

import data.sallyport.lib.provenance
import data.sallyport.lib.sinks
import data.sallyport.reason

# METADATA
# title: The session has read private data, and this tool sends data out
# description: >-
#   Each of the two calls is legitimate alone; together they are an exfiltration. An allow-listed destination does not
#   change that; a call all of whose destinations are known (see provenance/destination) does. What it does is
#   `data.sallyport.provenance.rules.chain`, by default a hold. The label `read:private` comes from the catalog: from
#   `labels` before the call, from `returns.labels` when the gateway has the result.
# custom:
#   code: EXFILTRATION_CHAIN
#   severity: critical
#   controls: [ASI01, ASI02]
#   owner: platform-security
_exfiltration_chain := reason.of(rego.metadata.chain())

_found contains _exfiltration_chain if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not sinks.stays_inside
	not _nothing_private
	not _to_known
	not provenance.completing
}

_nothing_private if {
	is_array(input.context.session.labels)
	not "read:private" in input.context.session.labels
}

_to_known if {
	count(provenance.facts.destinations) > 0
	every value in provenance.facts.destinations {
		provenance.known(value)
	}
}

hold contains provenance.held("chain", each) if some each in _found

deny contains provenance.denied("chain", each) if some each in _found

shadow contains provenance.shadowed("chain", each) if some each in _found
