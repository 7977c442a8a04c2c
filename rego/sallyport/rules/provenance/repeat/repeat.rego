package sallyport.rules.provenance.repeat

import future.keywords.not

import data.sallyport.lib.provenance
import data.sallyport.reason

# METADATA
# title: The same message was sent before in this session
# description: >-
#   In a session that has read something untrusted, a call that sends something is asked about when the same call, with
#   the same arguments, was made and answered before: a text that asks for one confirmation after another has no value
#   that could be compared with anything.
# custom:
#   code: SENT_BEFORE
#   severity: medium
#   controls: [ASI01, ASI08]
#   owner: platform-security
_sent_before := reason.of(rego.metadata.chain())

_found contains _sent_before if {
	not input.resource.properties.catalog.mutates == false
	not input.resource.properties.catalog.sink == "none"
	provenance.judged
	not input.context.repeated == false
}

hold contains provenance.held("repeat", each) if some each in _found

deny contains provenance.denied("repeat", each) if some each in _found

shadow contains provenance.shadowed("repeat", each) if some each in _found
