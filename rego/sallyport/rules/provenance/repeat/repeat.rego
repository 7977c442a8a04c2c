package sallyport.rules.provenance.repeat

import future.keywords.not

import data.sallyport.lib.provenance
import data.sallyport.lib.sinks
import data.sallyport.reason

# METADATA
# title: The same was sent, or to the same place, before in this session
# description: >-
#   In a session that has read something untrusted, a call that sends something is asked about when it was made before
#   with the same arguments, and answered, or when calls of the tool went to the same place before: three, or one of a
#   tool that is highly sensitive and cannot be undone. The same arguments alone say nothing where the call stays inside
#   the site and can be undone. A retry under one Idempotency-Key is the same call, and one that people have approved or
#   permitted is not asked about again; nor is another call of which a person has named each value, the sum as well as
#   the account. A text that asks for one confirmation, or one instalment, after another has no
#   value that could be compared with anything.
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
	not provenance.completing
	not input.context.approval.status == "approved"
	not _new
}

_new if {
	not _same
	is_number(input.context.before.there)
	input.context.before.there <= _fine
}

# The task says what is sent each time, and not only where to.
_new if {
	input.context.before.same == false
	is_number(input.context.before.there)
	_has_value
	every value in provenance.facts.values {
		_named(value)
	}
}

# A rule of its own: within the other, all values would be looked at once for each of them.
_has_value if {
	some value in provenance.facts.values
	value.role == "value"
}

_named(value) if provenance.stated(value)

_named(value) if {
	value.role == "target"
	provenance.known(value)
}

_same if {
	not input.context.before.same == false
	not _harmless
}

_harmless if {
	input.context.before.same == true
	input.resource.properties.catalog.reversible == true
	input.resource.properties.catalog.sensitivity in {"low", "medium"}
	sinks.stays_inside
}

default _fine := 0

_fine := 2 if input.resource.properties.catalog.reversible == true

_fine := 2 if input.resource.properties.catalog.sensitivity in {"low", "medium"}

hold contains provenance.held("repeat", each) if some each in _found

deny contains provenance.denied("repeat", each) if some each in _found

shadow contains provenance.shadowed("repeat", each) if some each in _found
