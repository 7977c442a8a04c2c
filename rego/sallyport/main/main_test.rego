package sallyport.main_test

import future.keywords.not

import data.sallyport.main
import data.sallyport.testing

# The demo world, line by line.

_refund(amount) := testing.call(
	"refund-bot", ["refunds"], "payments", "create_refund",
	{"order_id": "881", "amount": amount, "currency": "EUR", "reason": "broken"},
)

_support(tool, arguments) := testing.changed(
	testing.call("support-bot", ["support"], "crm", tool, arguments),
	{"action": {"properties": {"protocol": "mcp", "protocol_version": "2026-07-28"}}},
)

_post_update := testing.in_context(
	_support("post_update", {"url": "https://status.partner.example/hook", "text": "Fixed"}),
	{"urls": [testing.link("https", "status.partner.example", null)]},
)

test_refund_bot_reads_orders_and_refunds if {
	every tool in ["get_order", "list_refunds"] {
		_effect("allow") with input as testing.call("refund-bot", ["refunds"], "payments", tool, {})
	}
}

test_a_refund_is_held_for_the_payments_approver if {
	held := main.decision with input as _refund(120)
	held.effect == "hold"
	held.approval.require == [{"role": "payments-approver", "count": 1}]
	held.approval.summary == `Refund 120 EUR for order "881"`
	testing.codes(held.reasons) == {"APPROVAL_REQUIRED"}
	held.obligations == []
}

test_a_refund_above_500_is_denied if {
	_denied({"ARGUMENT_OVER_LIMIT"}) with input as _refund(500.01)
	_effect("hold") with input as _refund(500)
}

test_rotate_keys_is_denied_to_a_bearer_token if {
	keys := testing.call("refund-bot", ["refunds"], "payments", "rotate_keys", {})
	_denied({"PROOF_REQUIRED"}) with input as keys
	proven := testing.changed(keys, {"subject": {"properties": {"proof": {"method": "dpop", "key": "thumb"}}}})
	_effect("allow") with input as proven
}

test_support_bot_finds_tickets_and_reads_customers if {
	_effect("allow") with input as _support("find_ticket", {"q": "printer"})
	read := main.decision with input as _support("read_customer", {"customer_id": "c1"})
	read.effect == "allow"
	read.obligations == [{"type": "label_session", "labels": ["read:private"]}]
}

test_an_update_goes_to_the_partner if {
	_effect("allow") with input as _post_update
}

test_an_update_goes_nowhere_else if {
	evil := testing.in_context(_post_update, {
		"arguments": {"url": "https://evil.example/hook"},
		"urls": [testing.link("https", "evil.example", null)],
	})
	_denied({"DESTINATION_NOT_ALLOWED"}) with input as evil
	unreadable := main.decision with input as _support("post_update", {"url": "evil.example", "text": "x"})
	unreadable.effect == "hold"
	testing.codes(unreadable.reasons) == {"DESTINATION_UNKNOWN"}
}

test_an_update_after_private_data_is_held_and_denied_where_nobody_can_be_asked if {
	chained := testing.in_context(_post_update, {"session": {"labels": ["read:private"]}})
	held := main.decision with input as chained
	held.effect == "hold"
	testing.codes(held.reasons) == {"EXFILTRATION_CHAIN"}
	_denied({"EXFILTRATION_CHAIN"}) with input as chained
		with data.sallyport.approvers as {}
}

test_what_rules_in_shadow_find_stands_behind_who_permitted_the_call if {
	chained := testing.in_context(_post_update, {"session": {"labels": ["read:private"]}})
	shadowed := main.decision with input as chained
		with data.sallyport.provenance.rules.chain as "shadow"
	shadowed.effect == "allow"
	[each.code | some each in shadowed.reasons] == ["ENTITLED_TOOL", "EXFILTRATION_CHAIN"]
	endswith(shadowed.reasons[1].message, "in shadow, nothing is stopped")
}

test_rules_in_shadow_are_silent_where_another_stops_the_call if {
	deletion := testing.in_context(_support("delete_customer", {}), {"session": {"labels": ["read:untrusted"]}})
	held := main.decision with input as deletion
		with data.sallyport.provenance.rules.destroy as "shadow"
	testing.codes(held.reasons) == {"APPROVAL_REQUIRED"}
	_denied({"NO_RULE_PERMITS"}) with input as testing.call("nobody", [], "crm", "find_ticket", {})
		with data.sallyport.rules.change.freeze.shadow as {{"code": "FREEZE", "severity": "low"}}
}

test_a_rule_in_the_mode_shadow_stops_nothing_and_is_told if {
	found := {"code": "FREEZE", "message": "frozen", "rule": "change/freeze", "severity": "low", "controls": []}
	denied := main.decision with input as _support("find_ticket", {})
		with data.sallyport.rules.change.freeze.deny as {object.union(found, {"mode": "shadow"})}
	denied.effect == "allow"
	denied.reasons[1] == object.union(found, {"message": "frozen: in shadow, nothing is stopped"})
	held := main.decision with input as _support("find_ticket", {})
		with data.sallyport.rules.change.freeze.hold as {{"reason": object.union(found, {"mode": "shadow"}), "approval": {}}}
	[held.effect, held.approval] == ["allow", null]
	testing.codes(held.reasons) == {"ENTITLED_TOOL", "FREEZE"}
	_denied({"FREEZE"}) with input as _support("find_ticket", {})
		with data.sallyport.rules.change.freeze.deny as {found}
}

test_a_rule_in_the_mode_shadow_permits_nothing_and_withholds_nothing if {
	found := {"code": "FREEZE", "rule": "change/freeze", "severity": "low", "mode": "shadow"}
	_denied({"NO_RULE_PERMITS"}) with input as testing.call("nobody", [], "crm", "find_ticket", {})
		with data.sallyport.rules.change.freeze.permit as {found}
	passed := main.result with input as object.union(_support("find_ticket", {}), {"phase": "result"})
		with data.sallyport.rules.change.freeze.block as {found}
	passed.effect == "pass"
}

test_deleting_a_customer_is_held_for_the_data_approver if {
	held := main.decision with input as _support("delete_customer", {"customer_id": "c1"})
	held.effect == "hold"
	held.approval.require == [{"role": "data-approver", "count": 1}]
	held.approval.summary == "Delete customer c1 for good"
}

test_support_bot_may_not_run_reports if {
	report := main.decision with input as _support("run_report", {})
	report.effect == "deny"
	"NO_RULE_PERMITS" in testing.codes(report.reasons)
}

test_each_bot_keeps_to_its_own_server if {
	_denied({"NO_RULE_PERMITS"}) with input as testing.call("support-bot", ["support"], "payments", "get_order", {})
	_denied({"NO_RULE_PERMITS"}) with input as testing.call("refund-bot", ["refunds"], "crm", "find_ticket", {})
}

test_protocol_traffic_passes if {
	every method in ["initialize", "ping", "server/discover", "notifications/initialized", "tools/list"] {
		_effect("allow") with input as testing.message("support-bot", ["support"], "crm", method)
	}
	_denied({"NO_RULE_PERMITS"}) with input as testing.message("support-bot", ["support"], "crm", "prompts/get")
}

# How answers are combined.

test_silence_is_deny if {
	silent := main.decision with input as testing.call("nobody", [], "payments", "get_order", {})
	silent.effect == "deny"
	silent.reasons == [{
		"code": "NO_RULE_PERMITS",
		"message": "No rule permits this call: payments/get_order needs an entitlement",
		"rule": "main/default",
		"severity": "medium",
		"controls": ["ASI02", "ASI03"],
	}]
}

test_a_method_without_an_entitlement_is_named if {
	denied := main.decision with input as testing.message("support-bot", ["support"], "crm", "resources/list")
	denied.reasons[0].message == "No rule permits this call: resources/list needs an entitlement for crm"
}

# The other rules assume the worst of what is not known; their reasons would be guesses about a tool that may not exist.
test_of_an_unknown_tool_nothing_is_said_but_that_it_is_unknown if {
	midnight := {"context": {"time": {"hour": 0}}}
	unknown := testing.changed(testing.call("nobody", [], "elsewhere", "made_up", {}), midnight)
	denied := main.decision with input as unknown
	[each.code | some each in denied.reasons] == ["TOOL_UNKNOWN"]
	contains(denied.reasons[0].message, "elsewhere/made_up")
}

test_a_missing_entitlement_is_said_before_hours_proof_and_approvers if {
	keys := testing.changed(
		testing.call("support-bot", ["support"], "payments", "rotate_keys", {}),
		{"context": {"time": {"hour": 0}}},
	)
	denied := main.decision with input as keys
	count(denied.reasons) > 1
	denied.reasons[0].code == "NO_RULE_PERMITS"
}

test_a_hold_needs_an_entitlement_too if {
	_denied({"NO_RULE_PERMITS"}) with input as testing.changed(
		_refund(120),
		{"subject": {"properties": {"roles": ["support"]}}},
	)
}

test_deny_overrides_hold_and_hold_overrides_allow if {
	_effect("deny") with input as testing.catalogued(_refund(120), "known", false)
	_effect("hold") with input as testing.catalogued(testing.allowed, "reversible", false)
}

test_says_who_permitted_an_allowed_call if {
	allowed := main.decision with input as testing.allowed
	testing.codes(allowed.reasons) == {"ENTITLED_TOOL"}
	allowed.approval == null
	allowed.obligations == []
	allowed.risk == null
}

test_a_new_folder_is_live_without_touching_main if {
	_denied({"FREEZE"}) with input as testing.allowed
		with data.sallyport.rules.change.freeze.deny as {{"code": "FREEZE", "severity": "low"}}
}

test_several_holds_are_merged_into_the_strictest if {
	held := main.decision with input as _refund(120)
		with data.sallyport.rules.amounts.large.hold as {_second_hold({"approve_within": 60, "summary": "Large refund"})}
	held.effect == "hold"
	held.approval.require == [{"role": "cfo", "count": 2}, {"role": "payments-approver", "count": 1}]
	held.approval.approve_within == 60
	held.approval.summary == "Large refund"
	count(held.reasons) == 2
}

test_an_incomplete_hold_denies if {
	every approval in [{}, null, {"require": []}] {
		_denied({"HOLD_INCOMPLETE"}) with input as testing.allowed
			with data.sallyport.rules.amounts.large.hold as {{"reason": {"rule": "amounts/large"}, "approval": approval}}
	}
	_denied({"HOLD_INCOMPLETE"}) with input as testing.allowed
		with data.sallyport.rules.amounts.large.hold as {"please"}
}

test_an_incomplete_hold_denies_an_approved_call_too if {
	approved := main.decision with input as _approved(testing.allowed, ["approver"], 5)
		with data.sallyport.rules.amounts.large.hold as {{}}
	approved.effect == "deny"
}

test_reasons_are_in_order_of_severity_but_for_silence if {
	every_reason := main.decision.reasons with input as {}
	[reason.severity | some reason in every_reason] == array.flatten([
		["critical", "critical", "critical", "critical", "critical", "critical", "critical", "critical"],
		["medium"],
		["high", "high", "high", "high", "high", "high", "high", "high", "high", "high", "high", "high"],
		["medium", "medium", "medium", "medium", "medium", "medium"],
	])
}

test_a_decision_has_exactly_its_five_members_whatever_the_input if {
	every document in [{}, {"phase": "call"}, [], "x", 1, null, testing.allowed, _refund(1)] {
		decision := main.decision with input as document
		object.keys(decision) == {"effect", "reasons", "obligations", "approval", "risk"}
	}
}

test_an_absent_part_of_the_input_never_allows_or_holds if {
	every pointer in ["/contract", "/phase", "/subject", "/action", "/resource", "/context"] {
		_effect("deny") with input as testing.without(_support("delete_customer", {}), [pointer])
	}
}

test_hands_on_the_risk_score if {
	main.decision.risk == 0.42 with input as testing.in_context(_refund(1), {"risk": {"score": 0.42}})
	every score in ["0.42", null, true, [0.42]] {
		main.decision.risk == null with input as testing.in_context(_refund(1), {"risk": {"score": score}})
	}
	main.decision.risk == null with input as testing.in_context(testing.allowed, {"risk": {"score": 0.42}})
}

test_obligations_are_sorted if {
	decision := main.decision with input as _approved(_support("read_customer", {}), ["approver"], 5)
	decision.obligations == [{"type": "label_session", "labels": ["read:private"]}, {"type": "consume_approval"}]
}

_approved(document, approvers, age) := testing.in_context(document, {"approval": testing.approved(approvers, age)})

_second_hold(patch) := {
	"reason": {
		"code": "LARGE", "message": "Large", "rule": "amounts/large",
		"severity": "high", "controls": [],
	},
	"approval": testing.changed(
		{
			"require": [{"role": "cfo", "count": 2}],
			"distinct_from": [],
			"approve_within": 900,
			"execute_within": 300,
			"justification": false,
			"scope": "once",
			"summary": "",
		},
		patch,
	),
}

_effect(expected) if main.decision.effect == expected

_denied(codes) if {
	main.decision.effect == "deny"
	testing.codes(main.decision.reasons) == codes
}
