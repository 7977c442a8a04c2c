package sallyport.rules.destinations.told_test

import data.sallyport.rules.destinations.told
import data.sallyport.testing

_named := {"crm": {"arguments": {"post_update": ["url"]}}}

test_accepts_a_destination_that_can_be_read if {
	every text in [
		"https://status.partner.example",
		"https://status.partner.example/hook?x=1",
		"https://status.partner.example:8443/hook",
	] {
		_told with input as _post(text, [_url])
			with data.sallyport.destinations as _named
	}
}

test_leaves_it_to_others_whether_the_destination_is_good if {
	evil := testing.link("http", "evil.example", null)
	_told with input as _post("http://evil.example/", [evil])
		with data.sallyport.destinations as _named
}

test_asks_when_no_url_was_found if {
	_asked with input as _post("status.partner.example", [])
	_asked with input as _post("", [])
}

test_asks_a_url_that_was_found_in_another_argument if {
	elsewhere := testing.changed(_url, {"pointer": "/text"})
	_asked with input as _post("https:/evil.example", [elsewhere])
	_asked with input as _post("https://status.partner.example", [testing.changed(_url, {"pointer": "/url/0"})])
}

test_asks_a_url_with_something_before_it if {
	every text in [
		"https:/evil.example/ https://status.partner.example",
		"//evil.example?https://status.partner.example",
		" https://status.partner.example",
		"HTTPS://status.partner.example",
	] {
		_asked with input as _post(text, [_url])
	}
}

test_asks_an_argument_of_another_type if {
	every text in [null, 1, true, ["https://status.partner.example"], {"href": "https://status.partner.example"}] {
		_asked with input as _post(text, [_url])
	}
}

test_asks_when_one_of_two_destinations_is_not_told if {
	two := {"crm": {"arguments": {"post_update": ["url", "callback"]}}}
	_untold with input as _post("https://status.partner.example", [_url])
		with data.sallyport.destinations as two
}

test_asks_a_sink_whose_destination_arguments_are_not_named if {
	every destinations in [{}, {"crm": {}}, {"crm": {"arguments": {}}}, {"crm": {"arguments": {"post_update": []}}}] {
		_untold with input as _post("https://status.partner.example", [_url])
			with data.sallyport.destinations as destinations
	}
}

test_asks_urls_of_another_type if {
	every urls in [null, "https://status.partner.example", 1, true, {}, {"x": _url}, [null], ["text"]] {
		_asked with input as _post("https://status.partner.example", urls)
	}
}

test_asks_when_the_arguments_were_not_read if {
	every omitted in [true, null, "false", 0] {
		sent := _post("https://status.partner.example", [_url])
		_asked with input as testing.in_context(sent, {"arguments_omitted": omitted})
	}
}

test_asks_when_facts_are_absent if {
	every pointer in ["/context/urls", "/context/arguments_omitted", "/context/arguments/url", "/context/arguments"] {
		_asked with input as testing.without(_post("https://status.partner.example", [_url]), [pointer])
	}
}

test_internal_tools_need_no_destination if {
	_told with input as testing.allowed
}

test_an_unknown_sink_counts_as_external if {
	every sink in [null, "", "Internal", true, 0, ["internal"]] {
		_asked with input as testing.catalogued(testing.allowed, "sink", sink)
	}
	_asked with input as testing.without(testing.allowed, ["/resource/properties/catalog/sink"])
}

test_other_targets_send_nothing if {
	every type in ["server", "prompt", "resource"] {
		_told with input as testing.changed(_post("", []), {"resource": {"type": type}})
	}
}

_url := testing.link("https", "status.partner.example", null)

_post(text, urls) := testing.in_context(
	testing.call("support-bot", ["support"], "crm", "post_update", {"url": text}),
	{"urls": urls},
)

_asked if {
	_untold with data.sallyport.destinations as _named
}

_untold if {
	{each.reason.code | some each in told.hold} == {"DESTINATION_UNKNOWN"}
	count(told.deny) == 0
}

_told if count(told.hold | told.deny) == 0

test_denies_where_nobody_is_named_and_says_so if {
	some reason in told.deny with input as _post("", [])
		with data.sallyport.approvers as {}
	reason.code == "DESTINATION_UNKNOWN"
	endswith(reason.message, "nobody is named in data.sallyport.approvers for this server")
	count(told.hold) == 0 with input as _post("", [])
		with data.sallyport.approvers as {}
}

# Destinations of any kind, by the catalog.

test_accepts_a_destination_of_any_kind if {
	every kind in ["email", "url", "account", "name", "path", "number", "text"] {
		_told with input as _sent([testing.value("/to", "destination", kind, "never")])
			with data.sallyport.destinations as {}
	}
}

test_asks_when_no_destination_is_given if {
	every provenance in [[], [testing.value("/text", "address", "email", "task")]] {
		_untold with input as _sent(provenance)
			with data.sallyport.destinations as {}
	}
}

test_asks_when_a_destination_was_not_looked_at if {
	to := testing.value("/to", "destination", "email", "task")
	_untold with input as _sent([to, testing.value("", "destination", "text", "never")])
		with data.sallyport.destinations as {}
	_untold with input as testing.in_context(_sent([to]), {"arguments_omitted": true})
		with data.sallyport.destinations as {}
	every facts in [null, "", {}, [null], [{"role": "destination"}]] {
		_untold with input as testing.in_context(_sent([]), {"provenance": facts})
			with data.sallyport.destinations as {}
	}
}

test_arguments_that_are_named_have_to_be_urls_whatever_the_catalog_says if {
	_untold with input as _sent([testing.value("/url", "destination", "name", "task")])
		with data.sallyport.destinations as _named
}

test_a_tool_without_a_destination_sends_to_what_it_acts_on if {
	_told with input as _sent([testing.value("/ticket", "target", "number", "never")])
		with data.sallyport.destinations as {}
}

test_a_call_that_completes_one_that_was_let_through_need_not_say_it_again if {
	_told with input as testing.in_context(_sent([]), {"completes": true})
		with data.sallyport.destinations as {}
	every completes in [false, null, "true", 1] {
		_untold with input as testing.in_context(_sent([]), {"completes": completes})
			with data.sallyport.destinations as {}
	}
}

test_a_tool_without_a_sink_needs_no_destination if {
	_told with input as testing.catalogued(_sent([]), "sink", "none")
}

test_a_mail_within_the_site_needs_no_other_destination if {
	inside := testing.changed(testing.value("/room", "value", "email", "never"), {"inside": true})
	_told with input as testing.catalogued(_sent([inside]), "external_if", ["/room"])
		with data.sallyport.destinations as {}
}

_sent(provenance) := testing.in_context(_post("", []), {"provenance": provenance})
