package sallyport.reason_test

import data.sallyport.reason

_chain := [{
	"path": ["sallyport", "rules", "time", "window", "deny"],
	"annotations": {
		"title": "Closed at night",
		"custom": {"code": "OUTSIDE_HOURS", "severity": "medium", "controls": ["ASI02"]},
	},
}]

test_builds_a_reason_from_metadata if {
	reason.of(_chain) == {
		"code": "OUTSIDE_HOURS",
		"message": "Closed at night",
		"rule": "time/window",
		"severity": "medium",
		"controls": ["ASI02"],
	}
}

test_adds_what_was_found if {
	reason.saying(reason.of(_chain), "it is 3").message == "Closed at night: it is 3"
}

test_a_rule_without_metadata_still_has_a_reason if {
	bare := {
		"code": "UNNAMED_RULE",
		"message": "A rule without a title",
		"rule": "time/window",
		"severity": "high",
		"controls": [],
	}
	reason.of([{"path": _chain[0].path}]) == bare
	reason.of([{"path": _chain[0].path, "annotations": {"custom": {}}}]) == bare
}

test_a_chain_that_is_empty_or_strange_still_has_a_reason if {
	every chain in [[{}], [{"path": []}], [{"path": ["sallyport", "main", "x"]}]] {
		reason.of(chain).code == "UNNAMED_RULE"
		reason.of(chain).rule == "unknown/rule"
	}
	reason.saying(reason.of([{}]), "detail").message == "A rule without a title: detail"
}

test_main_names_its_own_reasons_in_metadata if {
	chain := [{"path": ["sallyport", "main", "_denials"], "annotations": {"custom": {"rule": "main/default"}}}]
	reason.of(chain).rule == "main/default"
}

test_only_rules_are_named_by_their_folder if {
	reason.of([{"path": ["sallyport", "lib", "hold", "merged"]}]).rule == "unknown/rule"
}

test_a_rule_cannot_take_another_name if {
	chain := [{"path": _chain[0].path, "annotations": {"custom": {"rule": "main/default"}}}]
	reason.of(chain).rule == "time/window"
}

test_a_real_rule_without_metadata_still_has_a_reason if {
	some given in _unannotated
	given.code == "UNNAMED_RULE"
}

_unannotated contains reason.of(rego.metadata.chain())

test_orders_by_severity_then_by_code if {
	a := {"code": "A", "severity": "low"}
	b := {"code": "B", "severity": "critical"}
	c := {"code": "C", "severity": "medium"}
	d := {"code": "D", "severity": "high"}
	e := {"code": "E", "severity": "critical"}
	reason.ordered({a, b, c, d, e}) == [b, e, d, c, a]
}

test_keeps_reasons_of_another_shape if {
	odd := {"text", {"code": "A"}, {"severity": 7}}
	{entry | some entry in reason.ordered(odd)} == odd
}

test_a_detail_that_is_not_text_is_left_out if {
	every detail in [null, 3, ["x"], {}] {
		reason.saying(reason.of(_chain), detail) == reason.of(_chain)
	}
}

test_a_missing_entitlement_comes_after_what_is_critical_and_before_the_rest if {
	given := [{"code": code, "rule": rule, "severity": severity} | some [code, rule, severity] in [
		["OUTSIDE_HOURS", "time/window", "medium"],
		["ARGUMENT_OVER_LIMIT", "arguments/limits", "high"],
		["NO_RULE_PERMITS", "main/default", "medium"],
		["EXFILTRATION_CHAIN", "exfiltration/chain", "critical"],
	]]
	[each.code | some each in reason.ordered(given)] == [
		"EXFILTRATION_CHAIN", "NO_RULE_PERMITS",
		"ARGUMENT_OVER_LIMIT", "OUTSIDE_HOURS",
	]
}

test_a_rule_in_the_mode_shadow_says_so_and_is_told_without_it if {
	annotations := object.union(_chain[0].annotations, {"custom": {"code": "OUTSIDE_HOURS", "mode": "shadow"}})
	found := reason.of([{"path": _chain[0].path, "annotations": annotations}])
	reason.in_shadow(found)
	not reason.in_shadow(reason.of(_chain))
	told := reason.shadowed(found)
	object.keys(told) == object.keys(reason.of(_chain))
	told.message == "Closed at night: in shadow, nothing is stopped"
}
