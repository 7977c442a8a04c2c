package sallyport.rules.amounts.two_people_test

import future.keywords.not

import data.sallyport.rules.amounts.two_people
import data.sallyport.testing

_limits := {"payments": {"create_refund": {
	"argument": "amount",
	"up_to": 250,
	"role": "payments-approver",
	"approve_within": 900,
	"execute_within": 300,
	"proof": "session",
}}}

_refund(amount) := testing.call("refund-bot", ["refunds"], "payments", "create_refund", {
	"order_id": "881",
	"amount": amount,
	"currency": "EUR",
	"reason": "arrived broken",
})

_of_team(document, team) := testing.changed(document, {"subject": {"properties": {"claims": {"team": team}}}})

test_a_small_refund_needs_no_second_person if {
	every amount in [0.01, 120, 250] {
		count(two_people.hold) == 0 with input as _refund(amount) with data.sallyport.two_people as _limits
	}
}

test_a_large_refund_needs_two_people_one_of_another_team if {
	some hold in two_people.hold with input as _of_team(_refund(250.01), "support")
		with data.sallyport.two_people as _limits
	hold.reason.code == "TWO_PEOPLE_REQUIRED"
	hold.reason.rule == "amounts/two_people"
	hold.reason.message == "Above this amount two people approve: one of them of another team"
	hold.approval.require == [
		{"role": "payments-approver", "count": 1},
		{"role": "payments-approver", "count": 1, "outside_team": "support"},
	]
	hold.approval.justification == true
	hold.approval.proof == "session"
}

test_without_a_known_team_any_two_people_are_asked if {
	every team in ["", null, 1, ["support"]] {
		some hold in two_people.hold with input as _of_team(_refund(400), team)
			with data.sallyport.two_people as _limits
		hold.approval.require == [{"role": "payments-approver", "count": 2}]
		hold.reason.message == "Above this amount two people approve"
	}
	some hold in two_people.hold with input as _refund(400) with data.sallyport.two_people as _limits
	hold.approval.require == [{"role": "payments-approver", "count": 2}]
	hold.reason.message == "Above this amount two people approve"
}

test_a_call_without_claims_is_held_for_any_two_people if {
	unclaimed := testing.without(_refund(400), ["/subject/properties/claims"])
	some hold in two_people.hold with input as unclaimed with data.sallyport.two_people as _limits
	hold.reason.message == "Above this amount two people approve"
}

test_an_amount_that_cannot_be_read_counts_as_large if {
	every amount in ["120", null, [120], {"value": 120}] {
		count(two_people.hold) == 1 with input as _refund(amount) with data.sallyport.two_people as _limits
	}
	missing := testing.without(_refund(120), ["/context/arguments/amount"])
	count(two_people.hold) == 1 with input as missing with data.sallyport.two_people as _limits
}

test_tools_without_a_limit_are_not_held if {
	count(two_people.hold) == 0 with input as testing.allowed with data.sallyport.two_people as _limits
	count(two_people.hold) == 0 with input as _refund(9999) with data.sallyport.two_people as {}
}

test_incomplete_data_makes_a_hold_that_nobody_can_release if {
	every missing in ["role", "approve_within", "execute_within", "proof"] {
		some hold in two_people.hold with input as _refund(400)
			with data.sallyport.two_people as {"payments": {"create_refund": object.remove(
				_limits.payments.create_refund,
				[missing],
			)}}
		hold.approval == {}
	}
}
