package sallyport.rules.provenance.commitment_test

import data.sallyport.rules.provenance.commitment
import data.sallyport.testing

test_asks_about_a_destination_that_no_person_has_named if {
	every seen in ["trusted", "created", "untrusted", "private", "never", "", null] {
		_asked with input as _sent(seen)
	}
}

test_accepts_a_destination_that_a_person_named_or_that_is_inside if {
	every seen in ["task", "self", "approved", "inside"] {
		_silent with input as _sent(seen)
	}
	own := testing.changed(testing.value("/url", "destination", "url", "untrusted"), {"inside": true})
	_silent with input as testing.in_context(_sent("task"), {"provenance": [own]})
}

test_what_own_people_have_written_is_enough_where_the_tool_is_not_highly_sensitive if {
	every sensitivity in ["low", "medium"] {
		_silent with input as testing.catalogued(_sent("people"), "sensitivity", sensitivity)
		_asked with input as testing.catalogued(_sent("trusted"), "sensitivity", sensitivity)
	}
	every sensitivity in ["high", null, "", 1] {
		_asked with input as testing.catalogued(_sent("people"), "sensitivity", sensitivity)
	}
}

test_what_the_task_asks_for_and_identifies_is_enough_as_long_as_all_numbers_are_known if {
	room := testing.changed(testing.value("/url", "destination", "name", "trusted"), {"identified": true})
	ordered := testing.in_context(_sent("task"), {"asked": true, "provenance": [room]})
	_silent with input as ordered
	_asked with input as testing.in_context(ordered, {"asked": false})
	_asked with input as testing.in_context(ordered, {"provenance": [testing.changed(room, {"identified": false})]})
	every seen in ["task", "approved", "created", "trusted"] {
		rooms := testing.value("/rooms", "value", "number", seen)
		_silent with input as testing.in_context(ordered, {"provenance": [room, rooms]})
	}
	every seen in ["never", "untrusted", "private", "people"] {
		rooms := testing.value("/rooms", "value", "number", seen)
		_asked with input as testing.in_context(ordered, {"provenance": [room, rooms]})
	}
}

test_the_id_of_a_call_that_this_one_completes_is_enough if {
	_silent with input as testing.in_context(_sent("created"), {"completes": true})
	every seen in ["never", "trusted", "untrusted"] {
		_asked with input as testing.in_context(_sent(seen), {"completes": true})
	}
	_asked with input as testing.in_context(_sent("created"), {"completes": false})
}

test_a_host_that_a_person_named_is_enough_where_the_site_says_so if {
	hosted := testing.changed(testing.value("/url", "destination", "url", "trusted"), {"host": "task"})
	_silent with input as testing.in_context(_sent("task"), {"provenance": [hosted]})
		with data.sallyport.site.hosts_opt_in as true
	_asked with input as testing.in_context(_sent("task"), {"provenance": [hosted]})
}

test_what_can_be_undone_needs_no_person if {
	_silent with input as testing.catalogued(_sent("trusted"), "reversible", true)
}

test_it_is_not_known_whether_it_can_be_undone_counts_as_no if {
	every reversible in [null, "true", 1, []] {
		_asked with input as testing.catalogued(_sent("trusted"), "reversible", reversible)
	}
	_asked with input as testing.without(_sent("trusted"), ["/resource/properties/catalog/reversible"])
}

test_what_stays_inside_needs_no_person if {
	every sink in ["none", "internal"] {
		_silent with input as testing.catalogued(_sent("trusted"), "sink", sink)
	}
	inside := testing.changed(testing.value("/to", "value", "email", "trusted"), {"inside": true})
	colleague := testing.in_context(testing.catalogued(_sent("task"), "external_if", ["/to"]), {"provenance": [
		testing.value("/url", "destination", "url", "trusted"),
		inside,
	]})
	_silent with input as colleague
}

test_a_clean_session_is_not_asked_about if {
	_silent with input as testing.in_context(_sent("trusted"), {"session": {"labels": []}})
}

test_facts_that_cannot_be_read_are_asked_about if {
	every facts in [null, "", {}, [null]] {
		_asked with input as testing.in_context(_sent("task"), {"provenance": facts})
	}
	_asked with input as testing.in_context(_sent("task"), {"arguments_omitted": true})
}

test_says_which_value_it_is if {
	some each in commitment.hold with input as _sent("trusted")
	endswith(each.reason.message, `: "/url" from "mail/read"`)
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(commitment.deny) == {"COMMITMENT_NOT_NAMED"} with input as _sent("trusted")
		with data.sallyport.provenance.rules.commitment as "deny"
	testing.codes(commitment.deny) == {"COMMITMENT_NOT_NAMED"} with input as _sent("trusted")
		with data.sallyport.approvers as {}
}

test_in_shadow_or_off_it_stops_nothing if {
	every word in ["shadow", "off"] {
		count(commitment.hold | commitment.deny) == 0 with input as _sent("trusted")
			with data.sallyport.provenance.rules.commitment as word
	}
	testing.codes(commitment.shadow) == {"COMMITMENT_NOT_NAMED"} with input as _sent("trusted")
		with data.sallyport.provenance.rules.commitment as "shadow"
}

_sent(seen) := testing.catalogued(
	testing.tainted(
		testing.call("support-bot", ["support"], "crm", "post_update", {"url": "https://partner.example/hook"}),
		[testing.changed(testing.value("/url", "destination", "url", "trusted"), {"seen": seen})],
	),
	"reversible", false,
)

_asked if {
	{each.reason.code | some each in commitment.hold} == {"COMMITMENT_NOT_NAMED"}
	count(commitment.deny) == 0
}

_silent if {
	count(commitment.hold) == 0
	count(commitment.deny) == 0
	count(commitment.shadow) == 0
}
