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
		count(told.deny) == 0 with input as _post(text, [_url])
			with data.sallyport.destinations as _named
	}
}

test_leaves_it_to_others_whether_the_destination_is_good if {
	evil := testing.link("http", "evil.example", null)
	count(told.deny) == 0 with input as _post("http://evil.example/", [evil])
		with data.sallyport.destinations as _named
}

test_denies_when_no_url_was_found if {
	_denied with input as _post("status.partner.example", [])
	_denied with input as _post("", [])
}

test_denies_a_url_that_was_found_in_another_argument if {
	elsewhere := testing.changed(_url, {"pointer": "/text"})
	_denied with input as _post("https:/evil.example", [elsewhere])
	_denied with input as _post("https://status.partner.example", [testing.changed(_url, {"pointer": "/url/0"})])
}

test_denies_a_url_with_something_before_it if {
	every text in [
		"https:/evil.example/ https://status.partner.example",
		"//evil.example?https://status.partner.example",
		" https://status.partner.example",
		"HTTPS://status.partner.example",
	] {
		_denied with input as _post(text, [_url])
	}
}

test_denies_an_argument_of_another_type if {
	every text in [null, 1, true, ["https://status.partner.example"], {"href": "https://status.partner.example"}] {
		_denied with input as _post(text, [_url])
	}
}

test_denies_when_one_of_two_destinations_is_not_told if {
	two := {"crm": {"arguments": {"post_update": ["url", "callback"]}}}
	testing.codes(told.deny) == {"DESTINATION_UNKNOWN"} with input as _post("https://status.partner.example", [_url])
		with data.sallyport.destinations as two
}

test_denies_a_sink_whose_destination_arguments_are_not_named if {
	every destinations in [{}, {"crm": {}}, {"crm": {"arguments": {}}}, {"crm": {"arguments": {"post_update": []}}}] {
		testing.codes(told.deny) == {"DESTINATION_UNKNOWN"} with input as _post("https://status.partner.example", [_url])
			with data.sallyport.destinations as destinations
	}
}

test_denies_urls_of_another_type if {
	every urls in [null, "https://status.partner.example", 1, true, {}, {"x": _url}, [null], ["text"]] {
		_denied with input as _post("https://status.partner.example", urls)
	}
}

test_denies_when_the_arguments_were_not_read if {
	every omitted in [true, null, "false", 0] {
		sent := _post("https://status.partner.example", [_url])
		_denied with input as testing.in_context(sent, {"arguments_omitted": omitted})
	}
}

test_denies_when_facts_are_absent if {
	every pointer in ["/context/urls", "/context/arguments_omitted", "/context/arguments/url", "/context/arguments"] {
		_denied with input as testing.without(_post("https://status.partner.example", [_url]), [pointer])
	}
}

test_internal_tools_need_no_destination if {
	count(told.deny) == 0 with input as testing.allowed
}

test_an_unknown_sink_counts_as_external if {
	every sink in [null, "", "Internal", true, 0, ["internal"]] {
		_denied with input as testing.catalogued(testing.allowed, "sink", sink)
	}
	_denied with input as testing.without(testing.allowed, ["/resource/properties/catalog/sink"])
}

test_other_targets_send_nothing if {
	every type in ["server", "prompt", "resource"] {
		count(told.deny) == 0 with input as testing.changed(_post("", []), {"resource": {"type": type}})
	}
}

_url := testing.link("https", "status.partner.example", null)

_post(text, urls) := testing.in_context(
	testing.call("support-bot", ["support"], "crm", "post_update", {"url": text}),
	{"urls": urls},
)

_denied if {
	testing.codes(told.deny) == {"DESTINATION_UNKNOWN"} with data.sallyport.destinations as _named
}
