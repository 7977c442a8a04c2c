package sallyport.rules.provenance.destroy_test

import data.sallyport.rules.provenance.destroy
import data.sallyport.testing

test_accepts_values_that_a_person_named_or_the_session_made if {
	every seen in ["task", "approved", "created"] {
		_silent with input as _delete([_customer(seen)])
	}
}

test_asks_about_any_other_value if {
	every seen in ["people", "trusted", "inside", "untrusted", "private", "never", "", null] {
		_asked with input as _delete([_customer(seen)])
		_asked with input as _delete([_customer("task"), testing.changed(_customer("task"), {"seen": seen})])
	}
}

test_accepts_the_id_of_what_the_task_identifies_where_the_task_asks_for_the_action if {
	record := testing.changed(_customer("trusted"), {"identified": true})
	_silent with input as testing.in_context(_delete([record]), {"asked": true})
	every asked in [false, null, "true", 1] {
		_asked with input as testing.in_context(_delete([record]), {"asked": asked})
	}
	every seen in ["people", "untrusted", "private", "inside", "never"] {
		other := testing.changed(_customer(seen), {"identified": true})
		_asked with input as testing.in_context(_delete([other]), {"asked": true})
	}
	_asked with input as testing.in_context(_delete([_customer("trusted")]), {"asked": true})
}

test_asks_about_a_highly_sensitive_call_that_the_task_does_not_ask_for if {
	named := testing.catalogued(_delete([_customer("task")]), "sensitivity", "high")
	_said("the task does not ask for it") with input as testing.in_context(named, {"asked": false})
	every asked in [true, null] {
		_silent with input as testing.in_context(named, {"asked": asked})
	}
	every sensitivity in ["low", "medium"] {
		less := testing.catalogued(named, "sensitivity", sensitivity)
		_silent with input as testing.in_context(less, {"asked": false})
	}
}

test_what_is_only_said_to_people_is_no_value if {
	every role in ["value", "address"] {
		why := testing.value("/why", role, "name", "untrusted")
		_silent with input as testing.catalogued(_delete([_customer("task"), why]), "remarks", ["/why"])
		_asked with input as testing.catalogued(_delete([_customer("task"), why]), "remarks", ["/wh", "/why/0"])
		_asked with input as testing.catalogued(_delete([why]), "remarks", ["/why"])
	}
	below := testing.value("/why/0", "value", "name", "never")
	_silent with input as testing.catalogued(_delete([_customer("task"), below]), "remarks", ["/why"])
	target := testing.value("/why", "target", "name", "never")
	_asked with input as testing.catalogued(_delete([_customer("task"), target]), "remarks", ["/why"])
	every remarks in [null, "/why", {}, [null]] {
		why := testing.value("/why", "value", "name", "never")
		_asked with input as testing.catalogued(_delete([_customer("task"), why]), "remarks", remarks)
	}
}

test_every_role_counts if {
	every role in ["target", "address", "value"] {
		_asked with input as _delete([_customer("task"), testing.value("/why", role, "name", "untrusted")])
	}
}

test_the_callers_own_name_is_fine_beside_what_a_person_named if {
	_silent with input as _delete([_customer("task"), _customer("self")])
	_asked with input as _delete([_customer("self")])
}

test_a_date_selects_nothing if {
	_silent with input as _delete([_customer("task"), testing.value("/on", "value", "date", "untrusted")])
	_asked with input as _delete([testing.value("/on", "value", "date", "untrusted")])
}

test_asks_when_no_argument_says_on_what if {
	_said("no argument says on what") with input as _delete([])
}

test_leaves_calls_with_a_destination_to_the_rules_about_destinations if {
	sent := testing.value("/to", "destination", "account", "untrusted")
	_silent with input as _delete([sent, _customer("untrusted")])
}

test_asks_of_what_sends_out_to_what_it_acts_on if {
	_asked with input as testing.catalogued(_delete([_customer("untrusted")]), "sink", "external")
	_silent with input as testing.catalogued(_delete([_customer("task")]), "sink", "external")
}

test_values_that_were_not_looked_at_are_no_destination if {
	_asked with input as _delete([testing.value("", "destination", "text", "never")])
	_asked with input as testing.in_context(_delete([_customer("task")]), {"arguments_omitted": true})
	every facts in [null, "", {}, [null]] {
		_asked with input as testing.in_context(_delete([]), {"provenance": facts})
	}
}

test_what_can_be_undone_is_for_another_rule if {
	_silent with input as testing.catalogued(_delete([_customer("untrusted")]), "reversible", true)
}

test_it_is_not_known_whether_it_can_be_undone_counts_as_no if {
	every reversible in [null, "true", 1] {
		_asked with input as testing.catalogued(_delete([_customer("untrusted")]), "reversible", reversible)
	}
}

test_reading_is_not_asked_about if {
	_silent with input as testing.catalogued(_delete([_customer("untrusted")]), "mutates", false)
	every mutates in [null, "false", 0] {
		_asked with input as testing.catalogued(_delete([_customer("untrusted")]), "mutates", mutates)
	}
}

test_a_clean_session_is_not_asked_about if {
	_silent with input as testing.in_context(_delete([]), {"session": {"labels": []}})
}

test_a_call_that_completes_one_that_was_let_through_passes_whatever_its_code_is if {
	code := testing.value("/code", "value", "number", "untrusted")
	_silent with input as testing.in_context(_delete([code]), {"completes": true})
	_silent with input as testing.in_context(_delete([]), {"completes": true})
}

test_a_call_that_completes_nothing_of_this_session_does_not_pass if {
	every completes in [false, "true", 1, {}] {
		begun := testing.in_context(_delete([_customer("task")]), {"completes": completes})
		_said("nothing that it confirms was let through in this session") with input as begun
	}
	absent := testing.without(_delete([_customer("task")]), ["/context/completes"])
	_said("nothing that it confirms was let through in this session") with input as absent
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(destroy.deny) == {"DESTROYS_UNNAMED"} with input as _delete([_customer("trusted")])
		with data.sallyport.provenance.rules.destroy as "deny"
	testing.codes(destroy.deny) == {"DESTROYS_UNNAMED"} with input as _delete([_customer("trusted")])
		with data.sallyport.approvers as {}
}

test_in_shadow_or_off_it_stops_nothing if {
	every word in ["shadow", "off"] {
		count(destroy.hold | destroy.deny) == 0 with input as _delete([_customer("trusted")])
			with data.sallyport.provenance.rules.destroy as word
	}
	testing.codes(destroy.shadow) == {"DESTROYS_UNNAMED"} with input as _delete([_customer("trusted")])
		with data.sallyport.provenance.rules.destroy as "shadow"
}

_customer(seen) := testing.changed(testing.value("/customer_id", "target", "name", "task"), {"seen": seen})

_delete(provenance) := testing.tainted(
	testing.call("support-bot", ["support"], "crm", "delete_customer", {"customer_id": "c-17"}),
	provenance,
)

_asked if {
	{each.reason.code | some each in destroy.hold} == {"DESTROYS_UNNAMED"}
	count(destroy.deny) == 0
}

_said(detail) if {
	_asked
	some each in destroy.hold
	endswith(each.reason.message, detail)
}

_silent if {
	count(destroy.hold) == 0
	count(destroy.deny) == 0
	count(destroy.shadow) == 0
}
