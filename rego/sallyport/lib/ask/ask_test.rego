package sallyport.lib.ask_test

import future.keywords.not

import data.sallyport.lib.ask
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

test_asks_whom_and_for_how_long_the_data_says if {
	asked := ask.requirement with input as _refund
		with data.sallyport.approvers as _approvers
	asked == {
		"require": [{"role": "payments-approver", "count": 2}],
		"distinct_from": ["acting_for", "agent_owner"],
		"approve_within": 900,
		"execute_within": 300,
		"justification": true,
		"scope": "once",
		"summary": `Refund 120.5 EUR for order "881"`,
	}
}

test_lists_all_arguments_when_the_tool_has_no_sentence if {
	asked := ask.requirement with input as _refund
		with data.sallyport.approvers as {"payments": object.remove(_approvers.payments, ["summaries"])}
	asked.summary == concat("", [
		"Run payments/create_refund with amount = 120.5, currency = EUR, ",
		`order_id = "881", reason = "arrived broken"`,
	])
}

test_says_when_the_arguments_were_not_read if {
	every omitted in [true, null, "false"] {
		asked := ask.requirement with input as testing.in_context(_refund, {"arguments_omitted": omitted})
			with data.sallyport.approvers as _approvers
		asked.summary == "Run payments/create_refund with arguments that the gateway has not read"
	}
}

test_is_empty_when_the_data_is_incomplete if {
	every missing in ["role", "count", "approve_within", "execute_within", "justification"] {
		ask.requirement == {} with input as _refund
			with data.sallyport.approvers as {"payments": object.remove(_approvers.payments, [missing])}
	}
	ask.requirement == {} with input as testing.without(_refund, ["/resource"])
}

test_knows_whether_somebody_is_named if {
	ask.named with input as _refund
		with data.sallyport.approvers as _approvers
	every approvers in [{}, {"crm": _approvers.payments}, {"payments": {}}, _of_role(""), _of_role(1), _of_role(null)] {
		not _named with input as _refund
			with data.sallyport.approvers as approvers
	}
}

test_says_that_nobody_is_named if {
	reason := ask.unanswered({"code": "X", "message": "It goes out"})
	reason.message == "It goes out: nobody is named in data.sallyport.approvers for this server"
}

_of_role(role) := {"payments": object.union(_approvers.payments, {"role": role})}

_named if ask.named
