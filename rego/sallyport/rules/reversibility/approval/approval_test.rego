package sallyport.rules.reversibility.approval_test

import data.sallyport.rules.reversibility.approval
import data.sallyport.testing

_refund := testing.call("refund-bot", ["refunds"], "payments", "create_refund", {
	"order_id": "881",
	"amount": 120.5,
	"currency": "EUR",
	"reason": "arrived broken",
})

_approvers := {"payments": {
	"role": "payments-approver",
	"count": 2,
	"approve_within": 900,
	"execute_within": 300,
	"justification": true,
	"summaries": {"create_refund": ["Refund", "$amount", "$currency", "for order", "$order_id"]},
}}

test_holds_what_cannot_be_undone if {
	some hold in approval.hold with input as _refund
		with data.sallyport.approvers as _approvers
	hold.reason.code == "APPROVAL_REQUIRED"
	hold.reason.rule == "reversibility/approval"
}

test_asks_whom_and_for_how_long_the_data_says if {
	some hold in approval.hold with input as _refund
		with data.sallyport.approvers as _approvers
	hold.approval == {
		"require": [{"role": "payments-approver", "count": 2}],
		"distinct_from": ["acting_for", "agent_owner"],
		"approve_within": 900,
		"execute_within": 300,
		"justification": true,
		"scope": "once",
		"summary": `Refund 120.5 EUR for order "881"`,
	}
}

test_does_not_hold_what_can_be_undone if {
	count(approval.hold) == 0 with input as testing.allowed
	count(approval.deny) == 0 with input as testing.allowed
}

test_holds_when_it_is_not_known_whether_it_can_be_undone if {
	every value in [null, false, "true", "", 1, [], {}] {
		count(approval.hold) == 1 with input as testing.catalogued(testing.allowed, "reversible", value)
	}
}

test_holds_when_the_fact_is_absent if {
	every pointer in ["/resource/properties/catalog/reversible", "/resource/properties/catalog"] {
		count(approval.hold) == 1 with input as testing.without(testing.allowed, [pointer])
	}
}

test_denies_when_nobody_is_named_for_the_server if {
	testing.codes(approval.deny) == {"APPROVERS_MISSING"} with input as _refund
		with data.sallyport.approvers as {"crm": _approvers.payments}
}

test_does_not_deny_when_somebody_is_named if {
	count(approval.deny) == 0 with input as _refund
		with data.sallyport.approvers as _approvers
}

test_what_can_be_undone_needs_no_approvers if {
	count(approval.deny) == 0 with input as testing.allowed
		with data.sallyport.approvers as {}
}

test_denies_when_the_server_is_absent if {
	bare := testing.without(_refund, ["/resource/properties/server"])
	testing.codes(approval.deny) == {"APPROVERS_MISSING"} with input as bare
}

test_stays_a_hold_when_the_data_is_incomplete if {
	every missing in ["count", "approve_within", "execute_within", "justification"] {
		some hold in approval.hold with input as _refund
			with data.sallyport.approvers as {"payments": object.remove(_approvers.payments, [missing])}
		hold.approval == {}
	}
}

test_other_targets_are_not_held if {
	every type in ["server", "prompt", "resource"] {
		count(approval.hold) == 0 with input as testing.changed(_refund, {"resource": {"type": type}})
	}
}

test_a_type_that_is_not_known_counts_as_a_tool if {
	every type in ["", "Server", null, 1] {
		count(approval.hold) == 1 with input as testing.changed(_refund, {"resource": {"type": type}})
	}
}

test_arguments_of_another_type_never_release_the_hold if {
	every arguments in [null, [], "x", 1] {
		patched := testing.changed(_refund, {"context": {"arguments": arguments}})
		count(approval.hold) == 1 with input as patched
			with data.sallyport.approvers as _approvers
	}
}

# When approval is asked for.

test_always_asks_unless_the_site_says_otherwise if {
	every when in ["always", "", "Tainted", null, true, 1, {}] {
		_held with input as _refund
			with data.sallyport.approvers.payments.when as when
	}
}

test_asks_only_after_something_untrusted_where_the_site_says_so if {
	_let_through with input as _refund
		with data.sallyport.approvers.payments.when as "tainted"
	_held with input as testing.tainted(_refund, [_order("trusted")])
		with data.sallyport.approvers.payments.when as "tainted"
	_held with input as testing.in_context(_refund, {"session": {"labels": null}})
		with data.sallyport.approvers.payments.when as "tainted"
}

test_values_of_the_task_need_no_approval_where_the_site_says_so if {
	every seen in ["task", "approved", "created"] {
		_let_through with input as testing.tainted(_refund, [_order(seen)])
			with data.sallyport.approvers.payments.when as "tainted"
	}
}

test_the_id_of_what_the_task_identifies_needs_no_approval_where_the_task_asks_for_the_action if {
	order := testing.changed(_order("trusted"), {"identified": true})
	_let_through with input as testing.in_context(testing.tainted(_refund, [order]), {"asked": true})
		with data.sallyport.approvers.payments.when as "tainted"
	_held with input as testing.tainted(_refund, [order])
		with data.sallyport.approvers.payments.when as "tainted"
}

test_a_message_inside_the_site_needs_no_approval_where_its_destination_is_known if {
	inside := _message([testing.value("/thread", "target", "name", "trusted")])
	_let_through with input as inside
		with data.sallyport.approvers.payments.when as "tainted"
	_held with input as inside
		with data.sallyport.approvers.payments.when as "always"
	every changed in [
		testing.catalogued(inside, "sensitivity", "high"),
		testing.catalogued(inside, "sink", "external"),
		testing.tainted(inside, [testing.value("/channel", "destination", "name", "untrusted"), _said]),
	] {
		_held with input as changed
			with data.sallyport.approvers.payments.when as "tainted"
	}
}

test_what_is_no_message_needs_approval_though_it_stays_inside_and_its_destination_is_known if {
	every changed in [
		testing.catalogued(_message([]), "sink", "none"),
		testing.catalogued(_message([]), "remarks", []),
		testing.tainted(_message([]), [_channel]),
		_message([testing.value("/content", "value", "text", "never")]),
		_message([testing.value("/amount", "value", "number", "never")]),
	] {
		_held with input as changed
			with data.sallyport.approvers.payments.when as "tainted"
	}
}

test_a_destination_that_own_people_have_written_needs_no_approval_where_the_tool_is_not_highly_sensitive if {
	sent := testing.tainted(_refund, [testing.value("/iban", "destination", "account", "people")])
	_let_through with input as testing.catalogued(sent, "sensitivity", "medium")
		with data.sallyport.approvers.payments.when as "tainted"
	_held with input as testing.catalogued(sent, "sensitivity", "high")
		with data.sallyport.approvers.payments.when as "tainted"
}

test_a_value_that_only_untrusted_text_has_named_needs_approval if {
	every other in ["untrusted", "", "Task", null, 1] {
		amount := testing.changed(testing.value("/amount", "value", "number", "never"), {"seen": other})
		_held with input as testing.tainted(_refund, [_order("task"), amount])
			with data.sallyport.approvers.payments.when as "tainted"
	}
}

test_a_call_that_names_nothing_of_the_task_needs_approval if {
	every value in [
		testing.value("/reason", "value", "text", "never"),
		testing.value("/amount", "value", "number", "trusted"),
		testing.value("/amount", "value", "number", "private"),
		testing.value("/on", "value", "date", "untrusted"),
		testing.value("/by", "value", "email", "self"),
		testing.value("/by", "value", "email", "inside"),
	] {
		_let_through with input as testing.tainted(_refund, [_order("task"), value])
			with data.sallyport.approvers.payments.when as "tainted"
		_held with input as testing.tainted(_refund, [value])
			with data.sallyport.approvers.payments.when as "tainted"
	}
}

test_values_that_were_not_looked_at_need_approval if {
	overflow := testing.value("", "destination", "text", "never")
	_held with input as testing.tainted(_refund, [_order("task"), overflow])
		with data.sallyport.approvers.payments.when as "tainted"
	every facts in [[], null, "", {}, [null]] {
		_held with input as testing.tainted(_refund, facts)
			with data.sallyport.approvers.payments.when as "tainted"
	}
	unread := testing.in_context(testing.tainted(_refund, [_order("task")]), {"arguments_omitted": true})
	_held with input as unread
		with data.sallyport.approvers.payments.when as "tainted"
}

test_the_line_of_the_tool_counts_before_the_server if {
	_let_through with input as testing.catalogued(_refund, "facts", {"approval": "tainted"})
	every word in ["always", "", null, 1] {
		_held with input as testing.catalogued(_refund, "facts", {"approval": word})
			with data.sallyport.approvers.payments.when as "tainted"
	}
}

test_does_not_deny_for_want_of_approvers_what_needs_no_approval if {
	spared := testing.catalogued(_refund, "facts", {"approval": "tainted"})
	count(approval.deny) == 0 with input as spared
		with data.sallyport.approvers as {}
}

_channel := testing.value("/channel", "destination", "name", "trusted")

_said := testing.value("/text", "value", "text", "never")

_message(others) := testing.changed(testing.tainted(_refund, array.concat([_channel, _said], others)), {"resource": {
	"properties": {"catalog": {"sink": "internal", "sensitivity": "medium", "remarks": ["/text"]}},
}})

_order(seen) := testing.value("/order_id", "target", "number", seen)

_held if {
	count(approval.hold) == 1
	count(approval.deny) == 0
}

_let_through if count(approval.hold | approval.deny) == 0
