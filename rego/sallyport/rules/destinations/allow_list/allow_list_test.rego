package sallyport.rules.destinations.allow_list_test

import data.sallyport.rules.destinations.allow_list
import data.sallyport.testing

_hosts := {"crm": {"status.partner.example": [443, 8443]}}

test_accepts_an_allow_listed_host if {
	count(allow_list.deny) == 0 with input as _post([_url("https", "status.partner.example", null)])
		with data.sallyport.destinations as _hosts
}

test_accepts_a_port_that_is_named if {
	every port in [443, 8443, null] {
		count(allow_list.deny) == 0 with input as _post([_url("https", "status.partner.example", port)])
			with data.sallyport.destinations as _hosts
	}
}

test_denies_another_host if {
	every host in [
		"evil.example",
		"status.partner.example.evil.example",
		"evil-status.partner.example",
		"partner.example",
		"STATUS.partner.example",
		"status.partner.example.",
		"",
		null,
		1,
		["status.partner.example"],
	] {
		_not_allowed([_url("https", host, null)])
	}
}

test_denies_another_scheme if {
	every scheme in ["http", "ftp", "HTTPS", "", null, 1] {
		_not_allowed([_url(scheme, "status.partner.example", null)])
	}
}

test_denies_another_port if {
	every port in [80, 0, -443, "443", true, [443]] {
		_not_allowed([_url("https", "status.partner.example", port)])
	}
}

test_denies_when_one_of_several_urls_is_not_allowed if {
	_not_allowed([_url("https", "status.partner.example", null), _url("https", "evil.example", null)])
}

test_names_the_destination if {
	some reason in allow_list.deny with input as _post([_url("https", "evil.example", null)])
	endswith(reason.message, ": https://evil.example")
}

test_the_list_of_another_server_does_not_count if {
	testing.codes(allow_list.deny) == {"DESTINATION_NOT_ALLOWED"} with input as _post([_url("https", "status.partner.example", null)])
		with data.sallyport.destinations as {"mail": _hosts.crm}
}

test_denies_when_no_destination_is_told if {
	_unknown with input as _post([])
}

test_denies_urls_of_another_type if {
	every urls in [null, "https://status.partner.example", 1, true, {}] {
		_unknown with input as _post(urls)
	}
}

test_denies_an_object_in_place_of_the_list if {
	"DESTINATION_UNKNOWN" in testing.codes(allow_list.deny) with input as _post({"x": _url("https", "status.partner.example", null)})
}

test_denies_a_url_without_its_parts if {
	every part in ["scheme", "host", "port"] {
		_not_allowed([object.remove(_url("https", "status.partner.example", null), [part])])
	}
	_not_allowed(["https://status.partner.example"])
}

test_denies_when_the_arguments_were_not_read if {
	every omitted in [true, null, "false", 0] {
		patch := {"arguments_omitted": omitted}
		_unknown with input as testing.in_context(_post([_url("https", "status.partner.example", null)]), patch)
	}
}

test_denies_when_facts_are_absent if {
	every pointer in ["/context/urls", "/context/arguments_omitted"] {
		_unknown with input as testing.without(_post([_url("https", "status.partner.example", null)]), [pointer])
	}
}

test_internal_tools_may_carry_any_url if {
	evil := testing.in_context(testing.allowed, {"urls": [_url("https", "evil.example", null)]})
	count(allow_list.deny) == 0 with input as evil
}

test_an_unknown_sink_counts_as_external if {
	every sink in [null, "", "Internal", true, 0, ["internal"]] {
		_unknown with input as testing.catalogued(testing.allowed, "sink", sink)
	}
	_unknown with input as testing.without(testing.allowed, ["/resource/properties/catalog/sink"])
}

test_other_targets_send_nothing if {
	every type in ["server", "prompt", "resource"] {
		count(allow_list.deny) == 0 with input as testing.changed(_post([]), {"resource": {"type": type}})
	}
}

_post(urls) := testing.in_context(
	testing.call("support-bot", ["support"], "crm", "post_update", {}),
	{"urls": urls},
)

_url(scheme, host, port) := testing.link(scheme, host, port)

_not_allowed(urls) if {
	testing.codes(allow_list.deny) == {"DESTINATION_NOT_ALLOWED"} with input as _post(urls)
		with data.sallyport.destinations as _hosts
}

_unknown if testing.codes(allow_list.deny) == {"DESTINATION_UNKNOWN"}
