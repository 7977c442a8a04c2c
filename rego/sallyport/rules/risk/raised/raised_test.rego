package sallyport.rules.risk.raised_test

import data.sallyport.rules.risk.raised
import data.sallyport.testing

_call(score) := _scored(testing.call("bot", ["refunds"], "payments", "create_refund", {"amount": 5}), score)

_scored(document, score) := testing.in_context(document, {"risk": {
	"score": score,
	"signals": [
		{"name": "burst", "weight": 0.3, "evidence": "about 300 calls in 60 s", "ago": 0},
		{"name": "denied_streak", "weight": 0.3, "evidence": "calls denied lately: 6", "ago": 30},
	],
}})

_thresholds := {"raised": 0.6, "critical": 0.9}

_set(rules) := {"thresholds": _thresholds, "rules": rules, "signals": {}}

_asked if {
	some each in raised.hold
	each.reason.code == "RISK_RAISED"
	each.approval.require[0].count > 0
	count(raised.deny) == 0
}

_silent if {
	count(raised.hold) == 0
	count(raised.deny) == 0
	count(raised.shadow) == 0
}

test_asks_from_its_threshold_on if {
	_asked with input as _call(0.6) with data.sallyport.risk as _set({})
	_asked with input as _call(1) with data.sallyport.risk as _set({})
	_silent with input as _call(0.59) with data.sallyport.risk as _set({})
}

test_tells_the_signals_with_what_was_found if {
	some each in raised.hold with input as _call(0.6) with data.sallyport.risk as _set({})
	contains(each.reason.message, "0.6 of 1")
	contains(each.reason.message, "burst 0.3 (\"about 300 calls in 60 s\")")
	contains(each.reason.message, "denied_streak 0.3 (\"calls denied lately: 6\")")
}

test_says_nothing_where_nobody_has_looked if {
	every score in [null, "", {}] {
		_silent with input as _call(score) with data.sallyport.risk as _set({})
	}
}

test_says_nothing_without_a_threshold if {
	_silent with input as _call(1) with data.sallyport.risk as {"signals": {}}
	_silent with input as _call(1) with data.sallyport.risk as {"thresholds": {"critical": 0.9}, "signals": {}}
}

test_does_what_the_switch_says if {
	count(raised.deny) == 1 with input as _call(0.7) with data.sallyport.risk as _set({"raised": "deny"})
	count(raised.shadow) == 1 with input as _call(0.7) with data.sallyport.risk as _set({"raised": "shadow"})
	_silent with input as _call(0.7) with data.sallyport.risk as _set({"raised": "off"})
	_asked with input as _call(0.7) with data.sallyport.risk as _set({"raised": "perhaps"})
}

test_denies_where_nobody_can_be_asked if {
	some each in raised.deny with input as _call(0.7)
		with data.sallyport.risk as _set({})
		with data.sallyport.approvers as {}
	contains(each.message, "nobody is named")
}

test_is_about_what_changes_something_sends_out_or_is_sensitive if {
	read := _scored(testing.call("bot", ["refunds"], "payments", "get_order", {"order_id": "881"}), 1)
	_silent with input as read with data.sallyport.risk as _set({})
	every change in [{"mutates": true}, {"mutates": null}, {"sink": "external"}, {"sink": null}, {"sensitivity": "high"}] {
		catalog := {"resource": {"properties": {"catalog": change}}}
		_asked with input as testing.changed(read, catalog) with data.sallyport.risk as _set({})
	}
}

test_is_not_about_the_protocol if {
	listing := _scored(testing.message("bot", ["refunds"], "payments", "tools/list"), 1)
	_silent with input as listing with data.sallyport.risk as _set({})
}
