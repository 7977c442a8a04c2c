package sallyport.rules.provenance.payload_test

import data.sallyport.rules.provenance.payload
import data.sallyport.testing

test_asks_about_an_address_that_nobody_known_has_named if {
	every kind in ["email", "url", "account"] {
		every seen in ["untrusted", "private", "created", "never"] {
			_asked with input as _post([testing.value("/text", "address", kind, seen)])
		}
	}
}

test_accepts_a_known_address if {
	every seen in ["task", "self", "approved", "inside", "people", "trusted"] {
		_silent with input as _post([testing.value("/text", "address", "url", seen)])
	}
	own := testing.changed(testing.value("/text", "address", "email", "never"), {"inside": true})
	_silent with input as _post([own])
}

test_what_goes_back_to_where_it_stands_directs_nobody if {
	link := testing.value("/text", "address", "url", "untrusted")
	_silent with input as _post([testing.changed(link, {"back": true})])
	every back in [false, null, "true", 1] {
		_asked with input as _post([testing.changed(link, {"back": back})])
	}
}

test_a_telephone_directs_nobody_by_itself if {
	every seen in ["untrusted", "never"] {
		_silent with input as _post([testing.value("/text", "address", "phone", seen)])
	}
}

test_a_report_to_the_person_that_the_agent_acts_for_may_name_it if {
	link := testing.value("/text", "address", "url", "untrusted")
	_silent with input as _sent_to(["self", "self"], link)
	every others in [["self", "task"], ["inside"], ["trusted"], []] {
		_asked with input as _sent_to(others, link)
	}
}

test_asks_when_one_of_several_addresses_of_a_text_is_not_known if {
	_asked with input as _post([
		testing.value("/text", "address", "url", "task"),
		testing.value("/text", "address", "url", "untrusted"),
	])
}

test_a_link_to_a_host_that_a_person_named_is_known_where_the_site_says_so if {
	link := testing.changed(testing.value("/text", "address", "url", "untrusted"), {"host": "task"})
	_silent with input as _post([link])
		with data.sallyport.site.hosts_opt_in as true
	_asked with input as _post([link])
	_asked with input as testing.in_context(_post([link]), {"secrets": [{"pointer": "/text", "server": "crm"}]})
		with data.sallyport.site.hosts_opt_in as true
}

test_an_address_that_is_acted_on_counts_and_a_destination_is_for_another_rule if {
	every role in ["target", "value"] {
		_asked with input as _post([testing.value("/text", role, "url", "never")])
		_silent with input as _post([testing.value("/text", role, "name", "never")])
	}
	_silent with input as _post([testing.value("/text", "destination", "email", "untrusted")])
}

test_changes_within_the_site_are_asked_about_too if {
	within := testing.catalogued(_post([testing.value("/text", "address", "url", "untrusted")]), "sink", "internal")
	_asked with input as within
	_silent with input as testing.catalogued(within, "mutates", false)
}

test_a_clean_session_is_not_asked_about if {
	clean := {"session": {"labels": []}}
	_silent with input as testing.in_context(_post([testing.value("/text", "address", "url", "never")]), clean)
}

test_values_that_were_not_looked_at_are_asked_about if {
	_asked with input as _post([testing.value("", "destination", "text", "never")])
	_asked with input as testing.in_context(_post([]), {"arguments_omitted": true})
	every facts in [null, "", {}, [null]] {
		_asked with input as testing.in_context(_post([]), {"provenance": facts})
	}
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	linked := _post([testing.value("/text", "address", "url", "untrusted")])
	testing.codes(payload.deny) == {"PAYLOAD_ADDRESS_NOT_KNOWN"} with input as linked
		with data.sallyport.provenance.rules.payload as "deny"
	testing.codes(payload.deny) == {"PAYLOAD_ADDRESS_NOT_KNOWN"} with input as linked
		with data.sallyport.approvers as {}
}

test_in_shadow_or_off_it_stops_nothing if {
	linked := _post([testing.value("/text", "address", "url", "untrusted")])
	every word in ["shadow", "off"] {
		count(payload.hold | payload.deny) == 0 with input as linked
			with data.sallyport.provenance.rules.payload as word
	}
	testing.codes(payload.shadow) == {"PAYLOAD_ADDRESS_NOT_KNOWN"} with input as linked
		with data.sallyport.provenance.rules.payload as "shadow"
}

_post(provenance) := testing.tainted(
	testing.call("support-bot", ["support"], "crm", "post_update", {"url": "u", "text": "t"}),
	provenance,
)

_asked if {
	{each.reason.code | some each in payload.hold} == {"PAYLOAD_ADDRESS_NOT_KNOWN"}
	count(payload.deny) == 0
}

_silent if {
	count(payload.hold) == 0
	count(payload.deny) == 0
	count(payload.shadow) == 0
}

_sent_to(seens, link) := testing.in_context(_post([]), {"provenance": array.concat(
	[testing.value("/url", "destination", "email", seen) | some seen in seens],
	[link],
)})
