package sallyport.rules.provenance.destination_test

import data.sallyport.rules.provenance.destination
import data.sallyport.testing

test_asks_about_a_destination_that_nobody_known_has_named if {
	every seen in ["untrusted", "private", "created", "never", "", null, 1, ["task"]] {
		_asked with input as _post([_to(seen)])
	}
}

test_accepts_a_known_destination if {
	every seen in ["task", "self", "approved", "inside", "people", "trusted"] {
		_silent with input as _post([_to(seen)])
	}
}

test_accepts_the_id_of_a_call_that_this_one_completes if {
	_silent with input as testing.in_context(_post([_to("created")]), {"completes": true})
	every seen in ["never", "untrusted", "private"] {
		_asked with input as testing.in_context(_post([_to(seen)]), {"completes": true})
	}
	_asked with input as testing.in_context(_post([_to("created")]), {"completes": false})
}

test_accepts_a_destination_inside_the_site_however_it_was_met if {
	_silent with input as _post([testing.changed(_to("untrusted"), {"inside": true})])
	every inside in [false, null, "true", 1] {
		_asked with input as _post([testing.changed(_to("untrusted"), {"inside": inside})])
	}
}

test_asks_when_one_of_several_destinations_is_not_known if {
	_asked with input as _post([_to("task"), testing.value("/cc/0", "destination", "email", "untrusted"), _to("task")])
}

test_says_where_the_value_stands_and_where_it_was_met if {
	every pair in [
		["untrusted", `"/url" from untrusted text of "mail/read"`, "mail/read"],
		["untrusted", `"/url" from untrusted text`, null],
		["private", `"/url" from private data of "crm/read"`, "crm/read"],
		["created", `"/url" made by "mail/draft"`, "mail/draft"],
		["never", `"/url" not seen before in this session`, null],
		["odd", "a value that cannot be read", null],
	] {
		expected := concat(": ", ["The call goes to a destination that nobody known has named", pair[1]])
		_messages == {expected} with input as _post([testing.changed(_to(pair[0]), {"tool": pair[2]})])
	}
}

test_lists_five_values_and_counts_the_others if {
	many := [testing.value(concat("/", ["/to", format_int(number, 10)]), "destination", "email", "never") |
		some number in numbers.range(1, 7)
	]
	some message in _messages with input as _post(many)
	endswith(message, `"/to/5" not seen before in this session, and 2 more`)
}

test_a_path_that_was_never_met_is_no_destination_and_a_date_may_be_one if {
	_asked with input as _post([testing.value("/url", "destination", "date", "untrusted")])
	_silent with input as _post([testing.value("/url", "destination", "path", "never")])
	every seen in ["untrusted", "private", "created"] {
		_asked with input as _post([testing.value("/url", "destination", "path", seen)])
	}
}

test_a_url_on_a_host_that_a_person_named_is_known_where_the_site_says_so if {
	every host in ["task", "approved"] {
		_silent with input as _post([_on_host(host)])
			with data.sallyport.site.hosts_opt_in as true
		_asked with input as _post([_on_host(host)])
			with data.sallyport.site.hosts_opt_in as false
	}
	every host in ["self", "inside", "trusted", "untrusted", "never", null] {
		_asked with input as _post([_on_host(host)])
			with data.sallyport.site.hosts_opt_in as true
	}
}

test_a_host_that_a_person_named_does_not_help_a_url_that_carries_a_secret if {
	every secrets in [
		[{"pointer": "/url", "server": "crm"}],
		[{"pointer": "", "server": "crm"}],
		[{"server": "crm"}],
		[null],
		null,
		"none",
		{},
	] {
		_asked with input as testing.in_context(_post([_on_host("task")]), {"secrets": secrets})
			with data.sallyport.site.hosts_opt_in as true
	}
	elsewhere := [{"pointer": "/text", "server": "crm"}]
	_silent with input as testing.in_context(_post([_on_host("task")]), {"secrets": elsewhere})
		with data.sallyport.site.hosts_opt_in as true
}

test_a_host_does_not_help_anything_but_a_url if {
	mail := testing.changed(testing.value("/url", "destination", "email", "untrusted"), {"host": "task"})
	_asked with input as _post([mail])
		with data.sallyport.site.hosts_opt_in as true
}

test_other_roles_are_for_other_rules if {
	every role in ["target", "address", "value"] {
		_silent with input as _post([_to("task"), testing.value("/text", role, "email", "untrusted")])
	}
}

test_what_sends_out_without_a_destination_sends_to_what_it_acts_on if {
	ticket := testing.value("/ticket", "target", "number", "untrusted")
	_asked with input as _post([ticket, testing.value("/text", "value", "text", "never")])
	_silent with input as _post([testing.changed(ticket, {"seen": "trusted"})])
	_silent with input as testing.catalogued(_post([ticket]), "sink", "internal")
}

test_a_role_that_is_none_counts_as_a_destination if {
	every role in ["", "Destination", null, 1] {
		_asked with input as _post([testing.value("/text", role, "email", "untrusted")])
	}
}

test_a_session_that_has_read_nothing_untrusted_is_not_asked_about if {
	every labels in [[], ["read:private", "result:unread"]] {
		_silent with input as testing.in_context(_post([_to("never")]), {"session": {"labels": labels}})
	}
}

test_labels_that_cannot_be_read_count_as_untrusted if {
	every labels in [null, "", {}, {"read:private": true}, 1] {
		_asked with input as testing.in_context(_post([_to("never")]), {"session": {"labels": labels}})
	}
	_asked with input as testing.without(_post([_to("never")]), ["/context/session"])
}

test_reading_within_the_site_is_not_asked_about if {
	every sink in ["none", "internal"] {
		_silent with input as testing.catalogued(_reading(_post([_to("never")])), "sink", sink)
	}
}

test_what_sends_out_is_asked_about_even_when_it_changes_nothing if {
	_asked with input as _reading(_post([_to("never")]))
}

test_what_changes_something_is_asked_about_even_within_the_site if {
	every mutates in [true, null, "false", 0] {
		changing := testing.catalogued(_post([_to("never")]), "mutates", mutates)
		_asked with input as testing.catalogued(changing, "sink", "internal")
	}
}

test_an_unknown_sink_counts_as_external if {
	every sink in [null, "", "Internal", ["internal"]] {
		_asked with input as testing.catalogued(_reading(_post([_to("never")])), "sink", sink)
	}
	absent := testing.without(_reading(_post([_to("never")])), ["/resource/properties/catalog/sink"])
	_asked with input as absent
}

test_facts_that_are_absent_or_misshapen_are_asked_about if {
	every facts in [null, "", {}, 1, [null], ["task"], [{"seen": "task"}], [{"pointer": null, "seen": "task"}]] {
		_asked with input as testing.in_context(_post([]), {"provenance": facts})
	}
	_asked with input as testing.without(_post([_to("task")]), ["/context/provenance"])
	_asked with input as testing.without(_post([_to("task")]), ["/context/provenance/0/seen"])
}

test_arguments_that_were_not_read_are_asked_about if {
	every omitted in [true, null, "false"] {
		_asked with input as testing.in_context(_post([_to("task")]), {"arguments_omitted": omitted})
	}
	overflow := testing.value("", "destination", "text", "never")
	_asked with input as _post([_to("task"), overflow])
	messages := _messages with input as _post([overflow])
	count(messages) == 1
	every message in messages {
		startswith(message, "Arguments were not looked at, so that they may name a destination that nobody knows: ")
	}
}

test_other_targets_are_not_asked_about if {
	every type in ["server", "prompt", "resource", "task"] {
		_silent with input as testing.changed(_post([_to("never")]), {"resource": {"type": type}})
	}
}

test_denies_where_nobody_is_named_and_says_so if {
	every approvers in [{}, {"crm": {}}, {"crm": {"role": ""}}, {"crm": {"role": null}}] {
		_denied("nobody is named in data.sallyport.approvers for this server") with input as _post([_to("never")])
			with data.sallyport.approvers as approvers
	}
}

test_denies_without_asking_where_the_data_says_so if {
	_denied("not seen before in this session") with input as _post([_to("never")])
		with data.sallyport.provenance.rules.destination as "deny"
}

test_in_shadow_it_only_says_what_it_has_found if {
	testing.codes(destination.shadow) == {"DESTINATION_NOT_KNOWN"} with input as _post([_to("never")])
		with data.sallyport.provenance.rules.destination as "shadow"
	_quiet with input as _post([_to("never")])
		with data.sallyport.provenance.rules.destination as "shadow"
}

test_switched_off_it_says_nothing if {
	_silent with input as _post([_to("never")])
		with data.sallyport.provenance.rules.destination as "off"
}

test_a_switch_that_is_no_word_of_it_holds if {
	every word in ["", "Off", "hold", null, false, 0, {}] {
		_asked with input as _post([_to("never")])
			with data.sallyport.provenance.rules.destination as word
	}
	_asked with input as _post([_to("never")])
		with data.sallyport.provenance as {}
}

_to(seen) := testing.changed(testing.value("/url", "destination", "url", "never"), {"seen": seen})

_on_host(host) := testing.changed(_to("untrusted"), {"host": host})

_post(provenance) := testing.tainted(
	testing.call("support-bot", ["support"], "crm", "post_update", {"url": "https://partner.example/hook"}),
	provenance,
)

_reading(document) := testing.catalogued(document, "mutates", false)

_messages contains each.reason.message if some each in destination.hold

_asked if {
	{each.reason.code | some each in destination.hold} == {"DESTINATION_NOT_KNOWN"}
	every each in destination.hold {
		each.approval.require == [{"role": "data-approver", "count": 1}]
	}
	count(destination.deny) == 0
	count(destination.shadow) == 0
}

_denied(ending) if {
	testing.codes(destination.deny) == {"DESTINATION_NOT_KNOWN"}
	every each in destination.deny {
		endswith(each.message, ending)
	}
	count(destination.hold) == 0
	count(destination.shadow) == 0
}

_silent if {
	_quiet
	count(destination.shadow) == 0
}

_quiet if {
	count(destination.hold) == 0
	count(destination.deny) == 0
}
