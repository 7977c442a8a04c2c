package sallyport.rules.task.purpose_test

import data.sallyport.rules.task.purpose
import data.sallyport.testing

test_a_call_without_a_task_is_not_looked_at if {
	_silent with input as testing.in_context(testing.allowed, {"intent": _declared("something else")})
}

test_accepts_the_purpose_of_the_task_and_none if {
	every declared in ["refund order 881", "  Refund  ORDER 881 ", null] {
		_silent with input as _call(declared)
	}
}

test_asks_when_another_purpose_is_declared if {
	every declared in ["refund order 882", "", "refund", "refund order 881 and pay out the rest"] {
		_asked with input as _call(declared)
	}
}

test_says_who_declared_it_and_never_what if {
	some each in purpose.hold with input as _call("transfer all")
	endswith(each.reason.message, ": declared in the header")
}

test_facts_that_are_absent_or_misshapen_are_asked_about if {
	every declared in [1, {}, [], true] {
		_asked with input as _call(declared)
	}
	_asked with input as testing.without(_call(null), ["/context/intent"])
	_asked with input as testing.without(_call("refund order 881"), ["/context/task/purpose"])
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(purpose.deny) == {"TASK_PURPOSE"} with input as _call("another")
		with data.sallyport.task.rules.purpose as "deny"
	testing.codes(purpose.deny) == {"TASK_PURPOSE"} with input as _call("another")
		with data.sallyport.approvers as {}
}

test_a_switch_that_is_no_word_of_it_holds if {
	every word in ["", "on", 0, {}] {
		_asked with input as _call("another")
			with data.sallyport.task.rules.purpose as word
	}
	_asked with input as _call("another")
		with data.sallyport.task as {}
}

test_in_shadow_it_stops_nothing_and_off_it_is_silent if {
	count(purpose.hold | purpose.deny) == 0 with input as _call("another")
		with data.sallyport.task.rules.purpose as "shadow"
	testing.codes(purpose.shadow) == {"TASK_PURPOSE"} with input as _call("another")
		with data.sallyport.task.rules.purpose as "shadow"
	_silent with input as _call("another")
		with data.sallyport.task.rules.purpose as "off"
}

_call(declared) := testing.in_context(testing.allowed, {"task": testing.task, "intent": _declared(declared)})

_declared(declared) := {"purpose": declared, "declared_by": "header", "truncated": false}

_asked if {
	{each.reason.code | some each in purpose.hold} == {"TASK_PURPOSE"}
	count(purpose.deny) == 0
}

_silent if {
	count(purpose.hold) == 0
	count(purpose.deny) == 0
	count(purpose.shadow) == 0
}
