package sallyport.rules.provenance.payload

import future.keywords.not

import data.sallyport.lib.provenance
import data.sallyport.reason

# METADATA
# title: What is sent names an address that nobody known has named
# description: >-
#   In a session that has read something untrusted, each address in the arguments beside the destinations and targets
#   has to be known, as a destination has: a link or an account in a text directs the person who reads it.
# custom:
#   code: PAYLOAD_ADDRESS_NOT_KNOWN
#   severity: medium
#   controls: [ASI01, ASI02]
#   owner: platform-security
_not_known := reason.of(rego.metadata.chain())

_found contains reason.saying(_not_known, provenance.described(values)) if {
	not _to_self
	values := [value | some value in provenance.judged.values; _elsewhere(value); not _fine(value)]
	count(values) > 0
}

_fine(value) if provenance.known(value)

# Whoever reads it there has it already.
_fine(value) if value.back == true

# A report to the person that the agent acts for says no more than its answer would.
_to_self if {
	provenance.addressed
	every value in provenance.judged.destinations {
		value.seen == "self"
	}
}

# A telephone directs nobody by itself.
_elsewhere(value) if {
	value.role == "address"
	value.kind != "phone"
}

# What the call acts on may be an address too: a page, a mailbox, or a command that names one.
_elsewhere(value) if {
	value.role in {"target", "value"}
	value.kind in {"email", "url", "account"}
}

_elsewhere(value) if value.pointer == ""

hold contains provenance.held("payload", each) if some each in _found

deny contains provenance.denied("payload", each) if some each in _found

shadow contains provenance.shadowed("payload", each) if some each in _found
