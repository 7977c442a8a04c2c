package sallyport.rules.provenance.copy

import future.keywords.not

import data.sallyport.lib.provenance
import data.sallyport.lib.summary
import data.sallyport.reason

# METADATA
# title: The call repeats text that stands in untrusted results alone
# description: >-
#   In a session that has read something untrusted, a call that changes something may not repeat six or more consecutive
#   words of untrusted text. Off unless `data.sallyport.provenance.rules.copy` says otherwise: an answer quotes what it
#   answers.
# custom:
#   code: COPIES_UNTRUSTED
#   severity: low
#   controls: [ASI01]
#   owner: platform-security
_copies := reason.of(rego.metadata.chain())

_found contains reason.saying(_copies, _places) if {
	not input.resource.properties.catalog.mutates == false
	count(provenance.judged.copied) > 0
}

_found contains reason.saying(_copies, "there are arguments that were not looked at") if {
	not input.resource.properties.catalog.mutates == false
	some value in provenance.judged.values
	value.pointer == ""
}

_places := concat(", ", [summary.shown(pointer) | some pointer in summary.first(copied, 5)]) if {
	copied := {pointer | some pointer in provenance.judged.copied}
}

hold contains provenance.held("copy", each) if some each in _found

deny contains provenance.denied("copy", each) if some each in _found

shadow contains provenance.shadowed("copy", each) if some each in _found
