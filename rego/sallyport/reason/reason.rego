# METADATA
# title: Reasons
# description: >-
#   The one way to build a reason, from the METADATA of the rule that gives it. Call it inside the rule as
#   `reason.of(rego.metadata.chain())`: the compiler puts the annotations there as constants, so it costs nothing in WASM.
#   Every part has a fallback. A rule whose METADATA was forgotten still denies; it must never fall silent.
package sallyport.reason

_unnamed := "UNNAMED_RULE"

_severities := {"critical": 0, "high": 1, "medium": 2, "low": 3}

# METADATA
# description: The reason of the rule whose annotation chain this is; its title is the sentence that callers read.
of(chain) := _built(chain, _annotation(chain, ["title"], "A rule without a title"))

# METADATA
# description: The same, with what was found in this call after the title.
saying(chain, detail) := _built(chain, $"{_annotation(chain, ["title"], "A rule without a title")}: {detail}")

# METADATA
# description: An array of reasons, the most severe first, then by code and rule, whatever the order of evaluation.
ordered(reasons) := [entry[1] | some entry in sort([[_rank(each), each] | some each in reasons])]

_built(chain, message) := {
	"code": _annotation(chain, ["custom", "code"], _unnamed),
	"message": message,
	"rule": _name(chain),
	"severity": _annotation(chain, ["custom", "severity"], "high"),
	"controls": _annotation(chain, ["custom", "controls"], []),
}

_annotation(chain, path, fallback) := object.get(chain[0], array.concat(["annotations"], path), fallback)

# The folder below rules/ names a rule. The few reasons that main gives itself are named in their METADATA.
default _name(_) := "unknown/rule"

_name(chain) := $"{path[2]}/{path[3]}" if {
	path := chain[0].path
	path[1] == "rules"
} else := chain[0].annotations.custom.rule

default _rank(_) := 0

_rank(entry) := _severities[entry.severity]
