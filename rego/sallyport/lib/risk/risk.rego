# METADATA
# title: How risky a call is
# description: >-
#   What the rules below `rules/risk/` share: the score of the calls that they are about, which signals it consists of,
#   and what a finding does (`data.sallyport.risk.rules`: hold, deny, shadow or off). The gateway scores; here it is
#   judged.
# custom:
#   optional: [data.sallyport.risk.rules, data.sallyport.risk.thresholds]
package sallyport.lib.risk

import future.keywords.not

import data.sallyport.lib.ask
import data.sallyport.lib.summary
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# description: >-
#   The score and the signals of a call that changes something, may send data out or is highly sensitive; undefined for
#   every other call. The conditions stand here and not in a helper, so that other calls are not scored.
# scope: document
facts := _facts if {
	not input.resource.properties.catalog.mutates == false
	not target.other_than_tool(input.resource.type)
}

facts := _facts if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
	not target.other_than_tool(input.resource.type)
}

facts := _facts if {
	input.resource.properties.catalog.sensitivity == "high"
}

_facts := {"score": input.context.risk.score, "signals": _signals} if is_number(input.context.risk.score)

default _signals := []

_signals := input.context.risk.signals if is_array(input.context.risk.signals)

# METADATA
# description: The score of a call that these rules are about.
score := facts.score

# METADATA
# description: The score and its signals, heaviest first, each with its evidence.
told := sprintf("%v of 1: %s", [facts.score, concat("; ", [_signal(each) | some each in facts.signals])])

_signal(each) := sprintf("%s %v (%s)", [summary.shown(each.name), each.weight, json.marshal(each.evidence)])

# METADATA
# description: >-
#   The requirement of a hold by one of these rules. As of `facts`, the conditions stand here, so that the arguments are
#   read for no other call.
# scope: document
default requirement := {}

requirement := ask.requirement if {
	not input.resource.properties.catalog.mutates == false
}

requirement := ask.requirement if {
	not input.resource.properties.catalog.sink == "internal"
	not input.resource.properties.catalog.sink == "none"
}

requirement := ask.requirement if {
	input.resource.properties.catalog.sensitivity == "high"
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

# A word that is none counts as what the rule does by itself.
_switch(name) := stated if {
	stated := data.sallyport.risk.rules[name]
	stated in {"deny", "hold", "shadow", "off"}
} else := "deny" if {
	name == "critical"
} else := "hold"
