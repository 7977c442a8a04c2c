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
		"summary": "Refund 120.5 EUR for order 881",
	}
}

test_lists_all_arguments_when_the_tool_has_no_sentence if {
	some hold in approval.hold with input as _refund
		with data.sallyport.approvers as {"payments": object.remove(_approvers.payments, ["summaries"])}
	expected := concat("", [
		"Run payments/create_refund with amount = 120.5, currency = EUR, ",
		`order_id = 881, reason = "arrived broken"`,
	])
	hold.approval.summary == expected
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
