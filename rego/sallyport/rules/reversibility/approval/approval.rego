package sallyport.rules.reversibility.approval

import future.keywords.not

import data.sallyport.lib.ask
import data.sallyport.lib.meant
import data.sallyport.lib.provenance
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: What cannot be undone needs a person's approval
# description: >-
#   Holds every tool that is not known to be reversible, for the people named in `data.sallyport.approvers[server]`.
#   With `when: tainted` there, or `facts.approval: tainted` in the tool's catalog line, only in a session that has read
#   something untrusted, and then only a call that names nothing of the task or an approval, or something that untrusted
#   text alone has named. A call with destinations of its own needs no approval when a person named each of them.
# custom:
#   code: APPROVAL_REQUIRED
#   severity: medium
#   controls: [ASI02, ASI09]
#   owner: platform-security
_approval_required := reason.of(rego.metadata.chain())

hold contains {"reason": _approval_required, "approval": ask.requirement} if {
	not input.resource.properties.catalog.reversible == true
	not target.other_than_tool(input.resource.type)
	not _needless
}

# METADATA
# title: What cannot be undone needs approvers, and nobody is named for this server
# description: Add the server to `data.sallyport.approvers`.
# custom:
#   code: APPROVERS_MISSING
#   severity: high
#   controls: [ASI09]
#   owner: platform-security
_approvers_missing := reason.of(rego.metadata.chain())

deny contains _approvers_missing if {
	not input.resource.properties.catalog.reversible == true
	not target.other_than_tool(input.resource.type)
	not _needless
	not ask.named
}

_needless if {
	_when == "tainted"
	not provenance.tainted
}

_needless if {
	_when == "tainted"
	meant.from_task
}

_needless if {
	_when == "tainted"
	provenance.addressed
	every value in provenance.facts.destinations {
		_named(value)
	}
}

_named(value) if provenance.stated(value)

# A message inside the site commits nobody: a destination that the service itself has listed is enough.
_named(value) if {
	_message_inside
	provenance.known(value)
}

_named(value) if provenance.completed(value)

_named(value) if meant.ordered(value)

# What the call says stands in `remarks`, and beside that and what is known it has nothing: an amount is no message, nor
# is what a file gets.
_message_inside if {
	input.resource.properties.catalog.sensitivity in {"low", "medium"}
	input.resource.properties.catalog.sink == "internal"
	some said in provenance.facts.values
	provenance.remark(said)
	every value in provenance.facts.values {
		_of_message(value)
	}
}

_of_message(value) if provenance.remark(value)

_of_message(value) if provenance.known(value)

# What the tool's line says counts before what holds for its server; a word that is none means always.
_when := stated if {
	stated := input.resource.properties.catalog.facts.approval
} else := data.sallyport.approvers[input.resource.properties.server].when
