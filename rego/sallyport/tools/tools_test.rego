package sallyport.tools_test

import future.keywords.not

import data.sallyport.main
import data.sallyport.testing

# Rules of one tool, in the package of its name. The library's rules for every tool apply as well.

_entitled := {"refunds": {"made-up server": {"tools": {"*": true}}}}

_call(tool, arguments) := testing.changed(
	testing.call("refund-bot", ["refunds"], "made-up server", tool, arguments),
	{"resource": {"properties": {"catalog": {
		"known": true,
		"sensitivity": "low",
		"reversible": true,
		"sink": "internal",
		"owner": "testers",
		"labels": [],
	}}}},
)

_in_phase(phase, arguments) := testing.changed(_call("delete/all", arguments), {"phase": phase})

test_a_tool_without_anything_to_say_is_left_to_the_library if {
	main.decision.effect == "allow" with input as _call("delete/all", {})
		with data.sallyport.entitlements as _entitled
	main.decision.effect == "deny" with input as _call("delete/all", {})
}

test_a_rule_of_the_tool_permits if {
	main.decision.effect == "allow" with input as _call("delete/all", {"permit": true})
	testing.codes(main.decision.reasons) == {"MADE_UP_PERMIT"} with input as _call("delete/all", {"permit": true})
}

test_a_rule_of_the_tool_denies_whoever_is_entitled if {
	denied := main.decision with input as _call("delete/all", {"deny": true, "permit": true})
		with data.sallyport.entitlements as _entitled
	denied.effect == "deny"
	denied.reasons[0].code == "MADE_UP_DENY"
	denied.reasons[0].rule == "tools/made-up server/delete/all"
}

test_an_incomplete_hold_of_the_tool_denies if {
	held := main.decision with input as _call("delete/all", {"hold": true, "permit": true})
	testing.codes(held.reasons) == {"HOLD_INCOMPLETE"}
}

test_a_rule_of_the_tool_obliges if {
	allowed := main.decision with input as _call("delete/all", {"oblige": true, "permit": true})
	allowed.obligations == [{"type": "label_session", "labels": ["made-up"]}]
}

test_another_tool_or_server_does_not_meet_these_rules if {
	every tool in ["delete", "all", "delete/all/", "Delete/all"] {
		not "MADE_UP_DENY" in testing.codes(main.decision.reasons) with input as _call(tool, {"deny": true})
	}
	elsewhere := testing.changed(
		_call("delete/all", {"deny": true, "permit": true}),
		{"resource": {"properties": {"server": "payments"}}},
	)
	testing.codes(main.decision.reasons) == {"NO_RULE_PERMITS"} with input as elsewhere
		with data.sallyport.entitlements as {}
}

test_a_prompt_of_the_same_name_does_not_meet_these_rules if {
	every kind in ["prompt", "resource", "server"] {
		prompt := testing.changed(
			_call("delete/all", {"deny": true, "permit": true}),
			{"resource": {"type": kind}},
		)
		testing.codes(main.decision.reasons) == {"NO_RULE_PERMITS"} with input as prompt
	}
}

test_a_target_of_no_known_kind_is_denied_as_a_tool_and_permitted_as_none if {
	odd := testing.changed(_call("delete/all", {"deny": true, "permit": true}), {"resource": {"type": "gadget"}})
	{"MADE_UP_DENY", "NO_RULE_PERMITS"} == testing.codes(main.decision.reasons) with input as odd
}

test_the_list_and_the_result_meet_them_too if {
	main.visible.visible == true with input as _in_phase("list", {"permit": true})
	main.visible.visible == false with input as _in_phase("list", {"permit": true, "hide": true})
	main.result.effect == "pass" with input as _in_phase("result", {"permit": true})
	main.result.effect == "block" with input as _in_phase("result", {"permit": true, "block": true})
	redacted := main.result with input as _in_phase("result", {"permit": true, "redact": true, "label": true})
	redacted.redactions == [{"detector": "email"}]
	redacted.labels == ["made-up"]
}
