# METADATA
# title: Where the values of a call come from
# description: >-
#   What the rules below `rules/provenance/` share: which calls they are about, which values count as known, and what a
#   finding does (`data.sallyport.provenance.rules`: hold, deny, shadow or off). The gateway says how a value was met
#   before and sets the session's label `read:untrusted`; here it is judged.
# custom:
#   optional: [data.sallyport.provenance.rules, data.sallyport.site.hosts_opt_in]
package sallyport.lib.provenance

import future.keywords.not

import data.sallyport.lib.ask
import data.sallyport.lib.sinks
import data.sallyport.lib.summary
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# description: >-
#   The facts of a call that changes something or sends data out; undefined for every other call. The conditions stand
#   here and not in a helper, so that other calls are evaluated without arguments and provenance.
# scope: document
facts := _facts if {
	not input.resource.properties.catalog.mutates == false
	not target.other_than_tool(input.resource.type)
}

facts := _facts if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not sinks.stays_inside
}

# METADATA
# description: >-
#   The same in a session that has read something untrusted, and of a call with a value that was met in untrusted text:
#   the help of a tool, whose texts are said to be the service's own, may hold it. In a session that has forgotten, what
#   was met nowhere counts as untrusted; in a clean one it is no reason.
# scope: document
judged := facts if tainted

judged := facts if {
	some value in facts.values
	value.seen == "untrusted"
	_met_in_session(value)
}

_met_in_session(value) if is_string(value.tool)

_met_in_session(_) if not forgetful

# METADATA
# description: True unless the session is known to have read nothing untrusted.
tainted if not _clean

_clean if {
	is_array(input.context.session.labels)
	not "read:untrusted" in input.context.session.labels
}

# METADATA
# description: True when the session's memory has lost values, so that one of which nothing is known may have been met.
forgetful if "provenance:forgotten" in input.context.session.labels

_facts := {
	"values": _values,
	"destinations": _destinations,
	"named": _named_destinations,
	"secrets": _secrets,
	"copied": _copied,
	"completes": _completes,
	"asked": _asked,
}

# Stands for values that were not looked at, as the gateway's own entry for too many does.
_unread := {"pointer": "", "role": "destination", "kind": "text", "seen": "never", "inside": false, "host": null}

_values := input.context.provenance if _readable

_values := [_unread] if not _readable

_readable if {
	input.context.arguments_omitted == false
	is_array(input.context.provenance)
	every value in input.context.provenance {
		is_object(value)
		is_string(value.pointer)
	}
}

_destinations := _named_destinations if count(_named_destinations) > 0

# What sends out without a destination of its own sends to what it acts on: an answer goes to whoever wrote the ticket.
_destinations := [value | some value in _values; value.role == "target"; not sinks.stays_inside] if {
	count(_named_destinations) == 0
}

# A role that is none counts as a destination.
_named_destinations := [value | some value in _values; not value.role in {"target", "address", "value"}]

default _secrets := [{"pointer": "", "server": ""}]

_secrets := input.context.secrets if is_array(input.context.secrets)

default _copied := [""]

_copied := input.context.copied if is_array(input.context.copied)

# Neither true nor null: a call that completes another, which was not let through.
default _completes := false

_completes := input.context.completes

default _asked := null

_asked := input.context.asked

# METADATA
# description: True when the call says where it sends. Its destinations are then judged, and not what else it names.
addressed if {
	some value in facts.named
	value.pointer != ""
}

# METADATA
# description: >-
#   True when the value is known: a person named it, it is the site's own, or it stands in a result that no third party
#   writes.
# scope: document
known(value) if value.seen in {"task", "self", "approved", "inside", "people", "trusted"}

known(value) if stated(value)

# METADATA
# description: >-
#   True when a person named the value (task, approval, the person's own) or it is the site's own; or it sends nothing
#   anywhere: a date, or a path that nobody else has mentioned.
# scope: document
stated(value) if value.seen in {"task", "self", "approved", "inside"}

stated(value) if value.inside == true

stated(value) if {
	value.kind == "date"
	value.role != "destination"
}

stated(value) if {
	value.kind == "path"
	value.seen == "never"
}

# On a host that a person named, where the site says that this is enough, and without a secret in the URL.
stated(value) if {
	data.sallyport.site.hosts_opt_in == true
	value.kind == "url"
	value.host in {"task", "approved"}
	every secret in facts.secrets {
		is_string(secret.pointer)
		not secret.pointer in {"", value.pointer}
	}
}

# METADATA
# description: True of a part of what the call only says to people (`remarks` in the catalog), and that selects nothing.
remark(value) if {
	value.role in {"address", "value"}
	some pointer in input.resource.properties.catalog.remarks
	_below(value.pointer, pointer)
}

_below(pointer, above) if pointer == above

_below(pointer, above) if startswith(pointer, concat("", [above, "/"]))

# METADATA
# description: True of the id of a call that was made in this session, of which this one only completes it.
completed(value) if {
	completing
	value.role in {"destination", "target"}
	value.seen == "created"
}

# METADATA
# description: >-
#   True when the call only completes another that was let through in this session: it passes, whatever its code is.
completing if facts.completes == true

# METADATA
# description: >-
#   The requirement of a hold by one of these rules. As of `facts`, the conditions stand here, so that the arguments
#   are read for no other call.
# scope: document
default requirement := {}

requirement := ask.requirement if not input.resource.properties.catalog.mutates == false

requirement := ask.requirement if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
}

# METADATA
# description: The hold of a finding, where the rule of this name holds and somebody can be asked.
held(name, found) := {"reason": found, "approval": requirement} if {
	_switch(name) == "hold"
	ask.named
}

# METADATA
# description: The reason of a deny, where the rule of this name denies, or would hold and nobody can be asked.
# scope: document
denied(name, found) := found if _switch(name) == "deny"

denied(name, found) := ask.unanswered(found) if {
	_switch(name) == "hold"
	not ask.named
}

# METADATA
# description: The reason that is recorded of a finding that stops nothing.
shadowed(name, found) := reason.shadowed(found) if _switch(name) == "shadow"

# A word that is none counts as hold.
_switch(name) := stated_switch if {
	stated_switch := data.sallyport.provenance.rules[name]
	stated_switch in {"deny", "shadow", "off"}
} else := "off" if {
	name == "copy"
	not data.sallyport.provenance.rules[name]
} else := "hold"

# How many values a reason lists.
_listed := 5

# METADATA
# description: Says of each value where it stands in the arguments and how it was met, never the value itself.
described(values) := concat(", ", array.concat(sort(texts), _more(count(distinct) - _listed))) if {
	distinct := parts(values, ["pointer", "seen", "tool"])
	texts := {_text(value) | some value in summary.first(distinct, _listed)}
}

# METADATA
# description: These members of each value, so that only those of many that are listed are put into words.
parts(values, members) := {{member: value[member] | some member in members} | some value in values}

_more(number) := [concat(" ", ["and", format_int(number, 10), "more"])] if number > 0

else := []

default _text(_) := "a value that cannot be read"

_text(value) := "arguments that were not looked at" if {
	value.pointer == ""
} else := concat(" ", [summary.shown(value.pointer), _met[value.seen], summary.shown(value.tool)]) if {
	is_string(value.tool)
} else := concat(" ", [summary.shown(value.pointer), _unsourced[value.seen]]) if {
	value.tool == null
}

_met := {
	"created": "made by", "people": "written by one of the site's own people in", "trusted": "from",
	"untrusted": "from untrusted text of", "private": "from private data of", "task": "as in the task, and in",
	"self": "the caller's own, and in", "approved": "approved, and in", "inside": "the site's own, in",
	"never": "never met, and not in",
}

default _unmet := "not seen before in this session"

# Whoever looks for the label finds what it means in docs/sessions.md.
_unmet := "not seen before in this session, and not all is remembered (provenance:forgotten)" if forgetful

_unsourced := {
	"created": "made in this session", "people": "written by one of the site's own people",
	"trusted": "from a result", "untrusted": "from untrusted text", "private": "from private data",
	"task": "in the task", "self": "the caller's own", "approved": "approved",
	"inside": "the site's own", "never": _unmet,
}
