package sallyport.rules.provenance.commitment

import future.keywords.not

import data.sallyport.lib.meant
import data.sallyport.lib.provenance
import data.sallyport.lib.sinks
import data.sallyport.reason

# METADATA
# title: What leaves and cannot be undone goes to a destination that no person has named
# description: >-
#   In a session that has read something untrusted, an irreversible call of an external sink needs destinations that a
#   person named (task, approval, own claims) or that are the site's own; that a trusted result has them is not enough.
#   What the task asks for and identifies is, and what one of the site's own people has written, where the tool is of no
#   high sensitivity.
# custom:
#   code: COMMITMENT_NOT_NAMED
#   severity: high
#   controls: [ASI01, ASI02]
#   owner: platform-security
_not_named := reason.of(rego.metadata.chain())

_found contains reason.saying(_not_named, provenance.described(values)) if {
	not input.resource.properties.catalog.reversible == true
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not sinks.stays_inside
	values := [value | some value in provenance.judged.destinations; not _named(value)]
	count(values) > 0
}

_named(value) if provenance.stated(value)

_named(value) if provenance.completed(value)

_named(value) if meant.ordered(value)

hold contains provenance.held("commitment", each) if some each in _found

deny contains provenance.denied("commitment", each) if some each in _found

shadow contains provenance.shadowed("commitment", each) if some each in _found
