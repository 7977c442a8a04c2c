package sallyport.lib.detected_test

import future.keywords.not

import data.sallyport.lib.detected

_found := {"context": {"detected": [
	{"kind": "card", "pointer": "/card/number", "count": 1},
	{"kind": "email", "pointer": "/to", "count": 2},
	{"kind": "email", "pointer": "/cc", "count": 1},
]}}

test_says_whether_one_of_several_was_found if {
	detected.any_of(["secret", "card"]) with input as _found
	not detected.any_of(["secret"]) with input as _found
	not detected.any_of(["card"]) with input as {"context": {"detected": []}}
	not detected.any_of([]) with input as _found
	not detected.any_of(["card"]) with input as {}
}

test_says_where if {
	detected.pointers("email") == {"/to", "/cc"} with input as _found
	detected.pointers("secret") == set() with input as _found
}

_result := {"context": {"result": _found.context}}

test_says_the_same_of_a_result if {
	detected.any_of_result(["secret", "card"]) with input as _result
	not detected.any_of_result(["secret"]) with input as _result
	not detected.any_of_result(["card"]) with input as _found
	detected.result_pointers("email") == {"/to", "/cc"} with input as _result
	detected.result_pointers("email") == set() with input as _found
}
