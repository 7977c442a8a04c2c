package sallyport.rules.provenance.leak

import future.keywords.not

import data.sallyport.lib.provenance
import data.sallyport.lib.sinks
import data.sallyport.lib.summary
import data.sallyport.reason

# METADATA
# title: A secret of another server's private data leaves with this call
# description: >-
#   In a session that has read something untrusted, what an external sink is given may hold no account, code or number
#   of a private result of another server that neither the task nor an approval names, and none of whatever server that
#   was read because untrusted text named it. Where the session's memory has lost values (label `provenance:forgotten`)
#   and private data was read, a code that was met nowhere may be one. What stands in something that the task identifies
#   may go where the task says.
# custom:
#   code: SECRET_LEAVES
#   severity: critical
#   controls: [ASI01, ASI02]
#   owner: platform-security
_leaves := reason.of(rego.metadata.chain())

_found contains reason.saying(_leaves, concat(", ", places)) if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not sinks.stays_inside
	not provenance.completing
	leaving := [secret |
		some secret in provenance.judged.secrets
		_leaving(secret)
		not _meant(secret)
		not secret.pointer in _recipients
	]
	count(leaving) > 0
	places := {_place(secret) | some secret in summary.first(provenance.parts(leaving, ["pointer", "server"]), 5)}
}

_found contains reason.saying(_leaves, "there are arguments that were not looked at") if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not sinks.stays_inside
	not provenance.completing
	some value in provenance.judged.values
	value.pointer == ""
}

_leaving(secret) if {
	not secret.server == input.resource.properties.server
	not secret.server == null
}

# Met nowhere, while the session has forgotten what it was told: a code of another session, or of what was dropped.
_leaving(secret) if {
	secret.server == null
	not _nothing_private
}

_leaving(secret) if not secret.led == false

_nothing_private if {
	is_array(input.context.session.labels)
	not "read:private" in input.context.session.labels
}

# The account to which money goes says nothing to whoever has it. A URL, or a text around an address, may say anything.
_recipients := {value.pointer | some value in provenance.facts.values; _is_recipient(value)} - _other_places

_other_places contains value.pointer if {
	some value in provenance.facts.values
	not _is_recipient(value)
}

_is_recipient(value) if {
	value.role == "destination"
	value.kind in {"email", "account"}
}

# The task names where it stands, and where it goes.
_meant(secret) if {
	secret.identified == true
	_goes_where_the_task_says
}

_goes_where_the_task_says if {
	count(provenance.facts.destinations) > 0
	every value in provenance.facts.destinations {
		_of_task(value)
	}
}

_of_task(value) if value.seen in {"task", "self", "inside"}

_of_task(value) if value.inside == true

default _place(_) := "of a server that cannot be read"

_place(secret) := concat(" ", [summary.shown(secret.pointer), "met nowhere, and not all is remembered"]) if {
	secret.server == null
}

_place(secret) := concat(" ", [summary.shown(secret.pointer), "from", summary.shown(secret.server)]) if {
	secret.server != null
}

hold contains provenance.held("leak", each) if some each in _found

deny contains provenance.denied("leak", each) if some each in _found

shadow contains provenance.shadowed("leak", each) if some each in _found
