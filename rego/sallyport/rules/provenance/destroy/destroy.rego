package sallyport.rules.provenance.destroy

import future.keywords.not

import data.sallyport.lib.meant
import data.sallyport.lib.provenance
import data.sallyport.reason

# METADATA
# title: What cannot be undone acts on something that no person has named
# description: >-
#   In a session that has read something untrusted, an irreversible call without a destination may only act on values of
#   the task, of approvals, or that the session itself has made. A trusted result is enough only where the task asks for
#   the action, and identifies the result by an address, a code or a name of its own. What is only said to people
#   (`remarks` in the catalog) is no value. A call that names nothing is held too, and one of high sensitivity that
#   the task does not ask for, where the catalog has the words (`asked_by`). A call that only completes another
#   (`confirms` in the catalog) passes exactly when that one was let through in this session, whatever its values are.
# custom:
#   code: DESTROYS_UNNAMED
#   severity: high
#   controls: [ASI01, ASI02]
#   owner: platform-security
_unnamed := reason.of(rego.metadata.chain())

_found contains reason.saying(_unnamed, finding) if {
	not input.resource.properties.catalog.reversible == true
	some finding in _findings
}

_findings contains provenance.described(values) if {
	_acts
	values := [value | some value in provenance.judged.values; not _harmless(value)]
	count(values) > 0
}

_findings contains "no argument says on what" if {
	_acts
	every value in provenance.judged.values {
		_harmless(value)
		not _named(value)
	}
}

# What is turned off, or emptied, has no value that could be judged.
_findings contains "the task does not ask for it" if {
	_acts
	input.resource.properties.catalog.sensitivity == "high"
	provenance.judged.asked == false
}

_findings contains "nothing that it confirms was let through in this session" if {
	_acts
	not provenance.judged.completes == null
}

_acts if {
	provenance.judged
	not provenance.addressed
	not provenance.completing
}

_named(value) if value.seen in {"task", "approved", "created"}

_named(value) if meant.chosen(value)

# The caller's own name does no harm beside what a person named; a date selects nothing.
_harmless(value) if _named(value)

_harmless(value) if value.seen == "self"

_harmless(value) if value.kind == "date"

_harmless(value) if provenance.remark(value)

hold contains provenance.held("destroy", each) if some each in _found

deny contains provenance.denied("destroy", each) if some each in _found

shadow contains provenance.shadowed("destroy", each) if some each in _found
