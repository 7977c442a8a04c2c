# METADATA
# title: Reasons
# description: >-
#   The one way to build a reason, from the METADATA of the rule that names it: `_outside_hours :=
#   reason.of(rego.metadata.chain())`. A rule of its own, because the compiler puts the whole METADATA at the start of
#   the body that asks for it; there it is built only when the reason is given.
#   Every part has a fallback: a reason without METADATA is still a reason, so that a deny never becomes undefined.
package sallyport.reason

_unnamed := "UNNAMED_RULE"

_severities := {"critical": 0, "high": 1, "medium": 2, "low": 3}

# METADATA
# description: >-
#   The reason of the rule whose annotation chain this is; its title is the sentence that callers read. One of a rule in
#   the mode `shadow` says so, and main leaves it out of what stops a call.
of(chain) := object.union(_of(chain), {"mode": "shadow"}) if {
	chain[0].annotations.custom.mode == "shadow"
} else := _of(chain)

_of(chain) := {
	"code": object.get(custom, "code", _unnamed),
	"message": object.get(annotations, "title", "A rule without a title"),
	"rule": _name(chain),
	"severity": object.get(custom, "severity", "high"),
	"controls": object.get(custom, "controls", []),
} if {
	annotations := object.get(chain[0], "annotations", {})
	custom := object.get(annotations, "custom", {})
}

# METADATA
# description: The reason with what was found in this call after its title. A detail that is not text is left out.
saying(reason, detail) := object.union(reason, {"message": concat(": ", [reason.message, detail])}) if {
	is_string(detail)
} else := reason

# METADATA
# description: Whether a reason is one of a rule in the mode `shadow`.
in_shadow(reason) if reason.mode == "shadow"

# METADATA
# description: What is told of a finding that stops nothing.
shadowed(found) := saying(object.remove(found, ["mode"]), "in shadow, nothing is stopped")

# METADATA
# description: >-
#   An array of reasons, the most severe first, then by code and rule, whatever the order of evaluation. That nothing
#   permits the call comes right after critical reasons: without a permit nothing else could help.
ordered(reasons) := [entry[1] | some entry in sort([[_rank(each), each] | some each in reasons])]

# The folder below rules/ names a rule, and the tool one of its own. The few reasons that main gives itself are named in
# their METADATA.
default _name(_) := "unknown/rule"

_name(chain) := concat("/", [path[2], path[3]]) if {
	path := chain[0].path
	path[1] == "rules"
} else := concat("/", ["tools", path[2], path[3]]) if {
	path := chain[0].path
	path[1] == "tools"
} else := chain[0].annotations.custom.rule

default _rank(_) := 0

_rank(entry) := 0.5 if {
	entry.rule == "main/default"
} else := _severities[entry.severity]
