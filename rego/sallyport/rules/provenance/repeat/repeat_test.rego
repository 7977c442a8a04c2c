package sallyport.rules.provenance.repeat_test

import data.sallyport.rules.provenance.repeat
import data.sallyport.testing

test_asks_about_a_message_that_was_sent_before if {
	_asked with input as _post(true)
	_silent with input as _post(false)
}

test_a_fact_that_is_absent_or_misshapen_counts_as_sent_before if {
	every repeated in [null, "", "false", 0, []] {
		_asked with input as _post(repeated)
	}
	_asked with input as testing.without(_post(false), ["/context/repeated"])
}

test_what_sends_nothing_may_be_done_again if {
	_silent with input as testing.catalogued(_post(true), "sink", "none")
	every sink in ["internal", "external", null, "", "nowhere"] {
		_asked with input as testing.catalogued(_post(true), "sink", sink)
	}
}

test_what_changes_nothing_may_be_done_again if {
	_silent with input as testing.catalogued(_post(true), "mutates", false)
	_asked with input as testing.catalogued(_post(true), "mutates", null)
}

test_a_clean_session_is_not_asked_about if {
	_silent with input as testing.in_context(_post(true), {"session": {"labels": []}})
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(repeat.deny) == {"SENT_BEFORE"} with input as _post(true)
		with data.sallyport.provenance.rules.repeat as "deny"
	testing.codes(repeat.deny) == {"SENT_BEFORE"} with input as _post(true)
		with data.sallyport.approvers as {}
}

test_in_shadow_or_off_it_stops_nothing if {
	every word in ["shadow", "off"] {
		count(repeat.hold | repeat.deny) == 0 with input as _post(true)
			with data.sallyport.provenance.rules.repeat as word
	}
	testing.codes(repeat.shadow) == {"SENT_BEFORE"} with input as _post(true)
		with data.sallyport.provenance.rules.repeat as "shadow"
}

_post(repeated) := testing.in_context(
	testing.tainted(
		testing.call("support-bot", ["support"], "crm", "post_update", {"url": "u", "text": "t"}),
		[testing.value("/url", "destination", "url", "task")],
	),
	{"repeated": repeated},
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
