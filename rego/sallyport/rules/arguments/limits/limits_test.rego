package sallyport.rules.arguments.limits_test

import data.sallyport.rules.arguments.limits
import data.sallyport.testing

_bounds := {"payments": {"create_refund": {"amount": {"above": 0, "max": 500}}}}

test_accepts_a_number_within_its_limit if {
	every amount in [0.01, 1, 120.5, 499.99, 500] {
		count(limits.deny) == 0 with input as _refund({"amount": amount})
			with data.sallyport.limits as _bounds
	}
}

test_denies_a_number_above_its_limit if {
	every amount in [500.01, 501, 1000000] {
		_denied({"amount": amount})
	}
}

test_denies_zero_and_less if {
	every amount in [0, -0.01, -500] {
		_denied({"amount": amount})
	}
}

test_denies_what_is_not_a_number if {
	every amount in ["120", "", null, true, false, [120], {"value": 120}, []] {
		_denied({"amount": amount})
	}
}

test_denies_when_the_argument_is_absent if {
	_denied({})
	_denied({"Amount": 1, "amount ": 1})
}

test_denies_when_the_arguments_are_absent_or_of_another_type if {
	every arguments in [null, "amount=1", 1, [], [1]] {
		patched := testing.changed(_refund({}), {"context": {"arguments": arguments}})
		count(limits.deny) == 1 with input as patched
			with data.sallyport.limits as _bounds
	}
	count(limits.deny) == 1 with input as testing.without(_refund({}), ["/context/arguments"])
		with data.sallyport.limits as _bounds
}

test_says_what_the_limit_is if {
	some reason in limits.deny with input as _refund({"amount": 900})
		with data.sallyport.limits as _bounds
	endswith(reason.message, ": amount must be above 0 and at most 500")
	reason.rule == "arguments/limits"
}

test_judges_each_place_that_a_pointer_leads_to if {
	every items in [[], [{"amount": 500}], [{"amount": 1}, {"amount": 2, "note": "x"}]] {
		_nested("/items/*/amount", {"items": items}) == 0
	}
	every items in [
		[{"amount": 501}], [{"amount": 1}, {"amount": 0}], [{}], [{"amount": "1"}], [1],
		{"a": {"amount": 501}}, null, "x",
	] {
		_nested("/items/*/amount", {"items": items}) == 1
	}
	_nested("/items/*/amount", {}) == 1
}

test_judges_places_below_several_stars if {
	_nested("/orders/*/lines/*/amount", {"orders": [{"lines": [{"amount": 1}]}, {"lines": []}]}) == 0
	_nested("/orders/*/lines/*/amount", {"orders": [{"lines": [{"amount": 1}]}, {}]}) == 1
	_nested("/orders/*/lines/*/amount", {"orders": [{"lines": [{"amount": 1}, {"amount": 900}]}]}) == 1
	_nested("/amounts/*", {"amounts": [1, 2]}) == 0
	_nested("/amounts/*", {"amounts": [1, 900]}) == 1
	_nested("/*", {"a": 1, "b": 900}) == 1
}

test_a_pointer_without_a_star_leads_to_one_place if {
	_nested("/order/lines/1/amount", {"order": {"lines": [{}, {"amount": 7}]}}) == 0
	_nested("/order/lines/1/amount", {"order": {"lines": [{"amount": 7}]}}) == 1
	_nested("/a~1b/c~0d", {"a/b": {"c~d": 7}}) == 0
	_nested("/a~1b/c~0d", {"a/b": {"c~d": 900}}) == 1
}

test_a_number_in_a_pointer_is_a_place_in_a_list_or_a_name if {
	_nested("/rows/*/1", {"rows": [["a", 7], {"1": 8}]}) == 0
	_nested("/rows/*/1", {"rows": [["a", 7], ["b"]]}) == 1
	_nested("/rows/*/1", {"rows": [["a", 7], "b"]}) == 1
	_nested("/2026/0/*/amount", {"2026": [{"x": {"amount": 7}}]}) == 0
	_nested("/2026/0/*/amount", {"2026": [{"x": {"amount": 900}}]}) == 1
	_nested("/2026/*/amount", {"2026": {"amount": 7}}) == 1
}

test_a_null_and_a_name_that_is_missing_are_no_number if {
	_nested("/order/amount", {"order": {"amount": null}}) == 1
	_nested("/order/amount", {"order": {}}) == 1
	_nested("/order/amount", {"order": null}) == 1
	_nested("/order/lines/*", {"order": {"lines": null}}) == 1
}

test_follows_eight_stars if {
	_nested("/*/*/*/*/*/*/*/*", [[[[[[[[7, 8]]]]]]]]) == 0
	_nested("/*/*/*/*/*/*/*/*", [[[[[[[[7, 900]]]]]]]]) == 1
	_nested("/*/*/*/*/*/*/*/*/a", [[[[[[[[{"a": 7}]]]]]]]]) == 0
	_nested("/*/*/*/*/*/*/*/*/*", [[[[[[[[[7]]]]]]]]]) == 1
	_nested("/*/*/*/*/*", [[[[[7]], []]]]) == 0
	_nested("/*/*/*/*/*", [[[[[7]], 7]]]) == 1
}

_nested(pointer, args) := found if {
	found := count(limits.deny) with input as _refund(args)
		with data.sallyport.limits as {"payments": {"create_refund": {pointer: {"above": 0, "max": 500}}}}
}

test_judges_every_argument_that_has_a_limit if {
	two := {"amount": {"above": 0, "max": 500}, "copies": {"above": 0, "max": 1}}
	count(limits.deny) == 2 with input as _refund({"amount": 900, "copies": 2})
		with data.sallyport.limits as {"payments": {"create_refund": two}}
}

test_a_limit_that_is_not_a_number_lets_nothing_through if {
	every value in ["500", null, true, [500], {}] {
		count(limits.deny) == 1 with input as _refund({"amount": 1})
			with data.sallyport.limits as {"payments": {"create_refund": {"amount": {"above": 0, "max": value}}}}
		count(limits.deny) == 1 with input as _refund({"amount": 1})
			with data.sallyport.limits as {"payments": {"create_refund": {"amount": {"above": value, "max": 500}}}}
	}
}

test_half_a_limit_lets_nothing_through if {
	every half in [{"max": 500}, {"above": 0}, {}] {
		count(limits.deny) == 1 with input as _refund({"amount": 1})
			with data.sallyport.limits as {"payments": {"create_refund": {"amount": half}}}
	}
}

test_other_tools_and_servers_have_other_limits if {
	count(limits.deny) == 0 with input as testing.allowed
		with data.sallyport.limits as _bounds
	count(limits.deny) == 0 with input as testing.call("b", [], "shop", "create_refund", {})
		with data.sallyport.limits as _bounds
}

_refund(arguments) := testing.call("refund-bot", ["refunds"], "payments", "create_refund", arguments)

_denied(arguments) if {
	testing.codes(limits.deny) == {"ARGUMENT_OVER_LIMIT"} with input as _refund(arguments)
		with data.sallyport.limits as _bounds
}

test_says_when_a_limit_cannot_be_read if {
	some reason in limits.deny with input as _refund({"amount": 1})
		with data.sallyport.limits as {"payments": {"create_refund": {"amount": {}}}}
	endswith(reason.message, ": the limit cannot be read")
}
