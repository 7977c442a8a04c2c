package sallyport.rules.risk.critical_test

import data.sallyport.rules.risk.critical
import data.sallyport.testing

_call(score) := testing.in_context(
	testing.call("bot", ["refunds"], "payments", "create_refund", {"amount": 5}),
	{"risk": {
		"score": score,
		"signals": [{"name": "outside_event", "weight": 0.9, "evidence": "the account was taken over", "ago": 4}],
	}},
)

_set(rules) := {"thresholds": {"raised": 0.6, "critical": 0.9}, "rules": rules, "signals": {}}

_silent if {
	count(critical.hold) == 0
	count(critical.deny) == 0
	count(critical.shadow) == 0
}

test_denies_from_its_threshold_on if {
	some each in critical.deny with input as _call(0.9) with data.sallyport.risk as _set({})
	each.code == "RISK_CRITICAL"
	contains(each.message, "outside_event 0.9 (\"the account was taken over\")")
	_silent with input as _call(0.89) with data.sallyport.risk as _set({})
}

test_does_what_the_switch_says if {
	count(critical.hold) == 1 with input as _call(1) with data.sallyport.risk as _set({"critical": "hold"})
	count(critical.shadow) == 1 with input as _call(1) with data.sallyport.risk as _set({"critical": "shadow"})
	_silent with input as _call(1) with data.sallyport.risk as _set({"critical": "off"})
	count(critical.deny) == 1 with input as _call(1) with data.sallyport.risk as _set({"critical": "perhaps"})
}

test_says_nothing_without_its_threshold if {
	_silent with input as _call(1) with data.sallyport.risk as {"thresholds": {"raised": 0.6}, "signals": {}}
	_silent with input as _call(1) with data.sallyport.risk as {"signals": {}}
}

test_a_score_that_is_no_number_is_none if {
	every score in [null, "1", true] {
		_silent with input as _call(score) with data.sallyport.risk as _set({})
	}
}
