package sallyport.rules.provenance.copy_test

import data.sallyport.rules.provenance.copy
import data.sallyport.testing

test_is_off_unless_the_data_says_otherwise if {
	_silent with input as _post(["/text"])
	_silent with input as _post(["/text"])
		with data.sallyport.provenance as {}
	_silent with input as _post(["/text"])
		with data.sallyport.provenance.rules as {}
}

test_asks_about_text_that_stands_in_untrusted_results_alone if {
	_asked with input as _post(["/text"])
		with data.sallyport.provenance.rules.copy as "hold"
}

test_a_switch_that_is_no_word_of_it_holds if {
	every word in ["", "on", "Off", 0, {}] {
		_asked with input as _post(["/text"])
			with data.sallyport.provenance.rules.copy as word
	}
}

test_accepts_text_of_the_agents_own if {
	_silent with input as _post([])
		with data.sallyport.provenance.rules.copy as "hold"
}

test_what_changes_nothing_is_not_asked_about if {
	_silent with input as testing.catalogued(_post(["/text"]), "mutates", false)
		with data.sallyport.provenance.rules.copy as "hold"
	every mutates in [null, "false", 0] {
		_asked with input as testing.catalogued(_post(["/text"]), "mutates", mutates)
			with data.sallyport.provenance.rules.copy as "hold"
	}
}

test_a_clean_session_is_not_asked_about if {
	_silent with input as testing.in_context(_post(["/text"]), {"session": {"labels": []}})
		with data.sallyport.provenance.rules.copy as "hold"
}

test_facts_that_are_absent_or_misshapen_are_asked_about if {
	every copied in [null, "", {}, 1, true] {
		_asked with input as testing.in_context(_post([]), {"copied": copied})
			with data.sallyport.provenance.rules.copy as "hold"
	}
	_asked with input as testing.without(_post([]), ["/context/copied"])
		with data.sallyport.provenance.rules.copy as "hold"
	_asked with input as testing.in_context(_post([]), {"arguments_omitted": true})
		with data.sallyport.provenance.rules.copy as "hold"
}

test_says_where_the_text_stands if {
	some each in copy.hold with input as _post(["/text", "/more/0"])
		with data.sallyport.provenance.rules.copy as "hold"
	endswith(each.reason.message, `: "/more/0", "/text"`)
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(copy.deny) == {"COPIES_UNTRUSTED"} with input as _post(["/text"])
		with data.sallyport.provenance.rules.copy as "deny"
	testing.codes(copy.deny) == {"COPIES_UNTRUSTED"} with input as _post(["/text"])
		with data.sallyport.provenance.rules.copy as "hold"
		with data.sallyport.approvers as {}
}

test_in_shadow_it_stops_nothing if {
	count(copy.hold | copy.deny) == 0 with input as _post(["/text"])
		with data.sallyport.provenance.rules.copy as "shadow"
	testing.codes(copy.shadow) == {"COPIES_UNTRUSTED"} with input as _post(["/text"])
		with data.sallyport.provenance.rules.copy as "shadow"
}

_post(copied) := testing.in_context(
	testing.tainted(
		testing.call("support-bot", ["support"], "crm", "post_update", {"url": "u", "text": "t"}),
		[testing.value("/url", "destination", "url", "task")],
	),
	{"copied": copied},
)

_asked if {
	{each.reason.code | some each in copy.hold} == {"COPIES_UNTRUSTED"}
	count(copy.deny) == 0
}

_silent if {
	count(copy.hold) == 0
	count(copy.deny) == 0
	count(copy.shadow) == 0
}
