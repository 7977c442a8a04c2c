package sallyport.rules.provenance.act_test

import data.sallyport.rules.provenance.act
import data.sallyport.testing

test_asks_about_a_value_that_only_untrusted_text_has_named if {
	every role in ["target", "address", "value"] {
		_asked with input as _set([_value("task"), testing.value("/room", role, "name", "untrusted")])
	}
}

test_accepts_any_other_value if {
	every seen in ["task", "self", "approved", "created", "inside", "people", "trusted", "private", "never"] {
		_silent with input as _set([_value(seen)])
	}
	_silent with input as _set([])
}

test_a_word_that_is_none_counts_as_untrusted if {
	every seen in ["", "Task", null, 1, []] {
		_asked with input as _set([testing.changed(_value("task"), {"seen": seen})])
	}
	_asked with input as testing.without(_set([_value("task")]), ["/context/provenance/0/seen"])
}

test_a_date_a_telephone_and_a_plain_word_select_nothing if {
	every kind in ["date", "phone", "word"] {
		_silent with input as _set([testing.value("/on", "value", kind, "untrusted")])
	}
}

test_a_plain_word_that_the_call_acts_on_has_to_be_met_somewhere if {
	every seen in ["never", "untrusted"] {
		_asked with input as _set([_value("task"), testing.value("/user", "target", "word", seen)])
	}
	every seen in ["task", "trusted", "people", "created", "approved", "self"] {
		_silent with input as _set([testing.value("/user", "target", "word", seen)])
	}
	_silent with input as _set([testing.value("/state", "value", "word", "never")])
	clean := {"session": {"labels": []}}
	_silent with input as testing.in_context(_set([testing.value("/user", "target", "word", "never")]), clean)
}

test_several_lines_select_nothing_unless_the_call_acts_on_them if {
	_silent with input as _set([_value("task"), testing.value("/content", "value", "text", "untrusted")])
	every role in ["target", "address"] {
		_asked with input as _set([testing.value("/content", role, "text", "untrusted")])
	}
	_asked with input as _set([testing.value("", "value", "text", "untrusted")])
}

test_several_lines_are_what_a_call_without_a_target_acts_on if {
	script := testing.value("/command", "value", "text", "untrusted")
	_asked with input as _set([script])
	_asked with input as _set([script, testing.value("/shell", "value", "name", "task")])
	_silent with input as _set([testing.changed(script, {"seen": "never"})])
}

test_what_is_only_said_to_people_or_where_it_stands_already_is_acted_on_by_nobody if {
	every role in ["value", "address"] {
		said := testing.value("/note", role, "name", "untrusted")
		_silent with input as testing.catalogued(_set([said]), "remarks", ["/note"])
		_silent with input as _set([testing.changed(said, {"back": true})])
	}
	acted_on := testing.changed(testing.value("/note", "target", "name", "untrusted"), {"back": true})
	_asked with input as testing.catalogued(_set([acted_on]), "remarks", ["/note"])
	every back in [false, null, "true", 1] {
		_asked with input as _set([testing.changed(testing.value("/note", "value", "name", "untrusted"), {"back": back})])
	}
}

test_where_values_are_forgotten_one_that_was_never_met_may_be_untrusted if {
	every kind in ["name", "number", "email", "url", "account", "path"] {
		_asked with input as _forgetful([testing.value("/room", "value", kind, "never")])
	}
	_silent with input as _forgetful([testing.value("/why", "value", "text", "never")])
	_silent with input as _forgetful([testing.value("/on", "value", "date", "never")])
	_silent with input as _forgetful([_value("task")])
}

test_leaves_calls_with_a_destination_to_the_rules_about_destinations if {
	_silent with input as _set([testing.value("/to", "destination", "name", "untrusted"), _value("untrusted")])
}

test_values_that_were_not_looked_at_are_asked_about if {
	_asked with input as _set([testing.value("", "destination", "text", "never")])
	_asked with input as testing.in_context(_set([]), {"arguments_omitted": true})
	every facts in [null, "", {}, [null]] {
		_asked with input as testing.in_context(_set([]), {"provenance": facts})
	}
}

test_what_cannot_be_undone_is_for_another_rule if {
	every reversible in [false, null, "true"] {
		_silent with input as testing.catalogued(_set([_value("untrusted")]), "reversible", reversible)
	}
}

test_reading_is_not_asked_about if {
	_silent with input as testing.catalogued(_set([_value("untrusted")]), "mutates", false)
}

test_a_clean_session_is_asked_only_about_what_untrusted_text_has_named if {
	clean := {"session": {"labels": []}}
	_silent with input as testing.in_context(_set([testing.changed(_value("task"), {"seen": "odd"})]), clean)
	_asked with input as testing.in_context(_set([_value("untrusted")]), clean)
}

test_a_call_that_completes_one_that_was_let_through_passes_whatever_its_code_is if {
	code := testing.value("/code", "value", "number", "untrusted")
	_silent with input as testing.in_context(_set([code]), {"completes": true})
}

test_a_call_that_completes_nothing_of_this_session_does_not_pass if {
	every completes in [false, "true", 1, {}] {
		_asked with input as testing.in_context(_set([_value("task")]), {"completes": completes})
	}
}

test_a_clean_session_that_has_forgotten_is_not_asked_about_what_was_met_nowhere if {
	clean := {"session": {"labels": ["provenance:forgotten"]}}
	unmet := testing.changed(_value("untrusted"), {"tool": null})
	_silent with input as testing.in_context(_set([unmet]), clean)
	_asked with input as testing.in_context(_set([_value("untrusted")]), clean)
	_asked with input as testing.in_context(_set([unmet]), {"session": {"labels": []}})
}

test_says_which_value_it_is_and_whose_text_it_was if {
	some each in act.hold with input as _set([_value("untrusted")])
	endswith(each.reason.message, `: "/room" from untrusted text of "mail/read"`)
}

test_says_of_a_value_that_was_never_met_whether_all_is_remembered if {
	unmet := testing.changed(_value("never"), {"tool": null})
	some each in act.hold with input as _forgetful([unmet])
	said := `: "/room" not seen before in this session, and not all is remembered (provenance:forgotten)`
	endswith(each.reason.message, said)
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(act.deny) == {"ACTS_ON_UNTRUSTED"} with input as _set([_value("untrusted")])
		with data.sallyport.provenance.rules.act as "deny"
	testing.codes(act.deny) == {"ACTS_ON_UNTRUSTED"} with input as _set([_value("untrusted")])
		with data.sallyport.approvers as {}
}

test_in_shadow_or_off_it_stops_nothing if {
	every word in ["shadow", "off"] {
		count(act.hold | act.deny) == 0 with input as _set([_value("untrusted")])
			with data.sallyport.provenance.rules.act as word
	}
	testing.codes(act.shadow) == {"ACTS_ON_UNTRUSTED"} with input as _set([_value("untrusted")])
		with data.sallyport.provenance.rules.act as "shadow"
}

_value(seen) := testing.value("/room", "target", "name", seen)

_set(provenance) := testing.catalogued(
	testing.tainted(
		testing.call("support-bot", ["support"], "crm", "delete_customer", {"room": "blue"}),
		provenance,
	),
	"reversible", true,
)

_forgetful(provenance) := testing.in_context(
	_set(provenance),
	{"session": {"labels": ["provenance:forgotten", "read:untrusted"]}},
)

_asked if {
	{each.reason.code | some each in act.hold} == {"ACTS_ON_UNTRUSTED"}
	count(act.deny) == 0
}

_silent if {
	count(act.hold) == 0
	count(act.deny) == 0
	count(act.shadow) == 0
}
