package sallyport.rules.provenance.act

import future.keywords.not

import data.sallyport.lib.provenance
import data.sallyport.reason

# METADATA
# title: The call acts on something that only untrusted text has named
# description: >-
#   In a session that has read something untrusted, a reversible call without a destination may not act on a value that
#   was met in untrusted results alone. Where the session's memory has lost values (label `provenance:forgotten`), a
#   value that is no sentence and was never met may be one of them. A call that only completes another (`confirms` in
#   the catalog) passes exactly when that one was let through in this session.
# custom:
#   code: ACTS_ON_UNTRUSTED
#   severity: medium
#   controls: [ASI01]
#   owner: platform-security
_untrusted := reason.of(rego.metadata.chain())

_found contains reason.saying(_untrusted, finding) if {
	input.resource.properties.catalog.reversible == true
	some finding in _findings
}

_findings contains provenance.described(values) if {
	_acts
	values := [value | some value in provenance.judged.values; _suspect(value); not _said(value)]
	count(values) > 0
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

# What is said to people, or where it stands already, is acted on by nobody.
_said(value) if provenance.remark(value)

_said(value) if {
	value.role in {"address", "value"}
	value.back == true
}

# A word that is none counts as untrusted; a date selects nothing.
_suspect(value) if {
	not value.seen in {"task", "self", "approved", "created", "inside", "people", "trusted", "private", "never"}
	not value.kind in {"date", "phone"}
	not _selects_nothing(value)
}

# One plain word that the call acts on and that nobody has mentioned as a value of its own: a sentence may have it.
_suspect(value) if {
	provenance.tainted
	value.role == "target"
	value.kind == "word"
	value.seen == "never"
}

_suspect(value) if value.pointer == ""

_suspect(value) if {
	provenance.forgetful
	value.seen == "never"
	not value.kind in {"text", "date", "phone"}
}

# Several lines beside the targets are what the agent writes; a plain word there is a state or a tag. Where the call has
# no target they may be all that it acts on: a command, a list.
_selects_nothing(value) if {
	value.kind == "text"
	value.role == "value"
	value.pointer != ""
	_has_target
}

_selects_nothing(value) if {
	value.kind == "word"
	value.role != "target"
}

_has_target if {
	some value in provenance.judged.values
	value.role == "target"
}

hold contains provenance.held("act", each) if some each in _found

deny contains provenance.denied("act", each) if some each in _found

shadow contains provenance.shadowed("act", each) if some each in _found
