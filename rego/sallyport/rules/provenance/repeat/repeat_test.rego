package sallyport.rules.provenance.repeat_test

import data.sallyport.rules.provenance.repeat
import data.sallyport.testing

test_asks_about_a_call_that_was_made_before if {
	_asked with input as _post(true, 1)
	_silent with input as _post(false, 0)
}

test_what_people_have_approved_or_permitted_is_not_asked_about_again if {
	_silent with input as testing.in_context(_post(true, 3), {"approval": {"status": "approved"}})
	every status in ["none", "pending", "denied", "expired", "mismatch", null] {
		_asked with input as testing.in_context(_post(true, 3), {"approval": {"status": status}})
	}
}

test_what_stays_inside_and_can_be_undone_may_be_made_again if {
	inside := testing.catalogued(_post(true, 1), "sink", "internal")
	_silent with input as inside
	_asked with input as testing.in_context(inside, {"before": {"there": 3}})
	_asked with input as testing.catalogued(inside, "reversible", false)
	every sensitivity in ["high", null, ""] {
		_asked with input as testing.catalogued(inside, "sensitivity", sensitivity)
	}
}

test_asks_about_the_fourth_call_to_one_place if {
	every there in [0, 1, 2] {
		_silent with input as _post(false, there)
	}
	every there in [3, 4, 8] {
		_asked with input as _post(false, there)
	}
}

test_of_what_is_highly_sensitive_and_cannot_be_undone_the_second_is_asked_about if {
	final := testing.catalogued(testing.catalogued(_post(false, 1), "reversible", false), "sensitivity", "high")
	_asked with input as final
	_silent with input as testing.in_context(final, {"before": {"there": 0}})
	_silent with input as testing.catalogued(final, "reversible", true)
	_silent with input as testing.catalogued(final, "sensitivity", "medium")
	_asked with input as testing.catalogued(final, "sensitivity", null)
}

test_another_call_of_which_a_person_has_named_each_value_is_not_asked_about if {
	account := testing.value("/to", "destination", "account", "task")
	from := testing.value("/from", "target", "name", "trusted")
	amount := testing.value("/amount", "value", "number", "task")
	named := testing.in_context(_post(false, 3), {"provenance": [account, from, amount]})
	_silent with input as named
	_asked with input as testing.in_context(named, {"before": {"same": true}})
	_asked with input as testing.in_context(named, {"before": {"there": null}})
	_asked with input as testing.in_context(named, {"provenance": [account, from]})
	every seen in ["trusted", "people", "created", "untrusted", "private", "never", null] {
		other := testing.changed(amount, {"seen": seen})
		_asked with input as testing.in_context(named, {"provenance": [account, from, other]})
		stranger := testing.changed(account, {"seen": seen})
		_asked with input as testing.in_context(named, {"provenance": [stranger, from, amount]})
	}
	every seen in ["created", "untrusted", "private", "never", null] {
		_asked with input as testing.in_context(named, {"provenance": [account, testing.changed(from, {"seen": seen}), amount]})
	}
}

test_a_fact_that_is_absent_or_misshapen_counts_as_made_before if {
	every before in [null, "", {}, {"same": false}, {"there": 0}, {"same": 0, "there": 0}, {"same": false, "there": "0"}] {
		replaced := json.patch(_post(false, 0), [{"op": "replace", "path": "/context/before", "value": before}])
		_asked with input as replaced
	}
	_asked with input as testing.without(_post(false, 0), ["/context/before"])
}

test_what_sends_nothing_may_be_done_again if {
	_silent with input as testing.catalogued(_post(true, 3), "sink", "none")
	every sink in ["internal", "external", null, "", "nowhere"] {
		_asked with input as testing.catalogued(_post(true, 3), "sink", sink)
	}
}

test_what_changes_nothing_may_be_done_again if {
	_silent with input as testing.catalogued(_post(true, 3), "mutates", false)
	_asked with input as testing.catalogued(_post(true, 3), "mutates", null)
}

test_a_call_that_completes_another_is_another_one_each_time if {
	_silent with input as testing.in_context(_post(false, 3), {"completes": true})
}

test_a_clean_session_is_not_asked_about if {
	_silent with input as testing.in_context(_post(true, 3), {"session": {"labels": []}})
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(repeat.deny) == {"SENT_BEFORE"} with input as _post(true, 1)
		with data.sallyport.provenance.rules.repeat as "deny"
	testing.codes(repeat.deny) == {"SENT_BEFORE"} with input as _post(true, 1)
		with data.sallyport.approvers as {}
}

test_in_shadow_or_off_it_stops_nothing if {
	every word in ["shadow", "off"] {
		count(repeat.hold | repeat.deny) == 0 with input as _post(true, 1)
			with data.sallyport.provenance.rules.repeat as word
	}
	testing.codes(repeat.shadow) == {"SENT_BEFORE"} with input as _post(true, 1)
		with data.sallyport.provenance.rules.repeat as "shadow"
}

_post(same, there) := testing.in_context(
	testing.tainted(
		testing.call("support-bot", ["support"], "crm", "post_update", {"url": "u", "text": "t"}),
		[testing.value("/url", "destination", "url", "task")],
	),
	{"before": {"same": same, "there": there}},
)

_asked if {
	{each.reason.code | some each in repeat.hold} == {"SENT_BEFORE"}
	count(repeat.deny) == 0
}

_silent if {
	count(repeat.hold) == 0
	count(repeat.deny) == 0
	count(repeat.shadow) == 0
}
