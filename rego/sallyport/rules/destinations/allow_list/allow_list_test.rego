package sallyport.rules.destinations.allow_list_test

import data.sallyport.rules.destinations.allow_list
import data.sallyport.testing

_listed := {"crm": {"hosts": {"status.partner.example": [443, 8443]}}}

test_accepts_an_allow_listed_host if {
	count(allow_list.deny) == 0 with input as _post([_url("https", "status.partner.example", null)])
		with data.sallyport.destinations as _listed
}

test_accepts_a_port_that_is_named if {
	every port in [443, 8443, null] {
		count(allow_list.deny) == 0 with input as _post([_url("https", "status.partner.example", port)])
			with data.sallyport.destinations as _listed
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
		_denied with input as _post([_url("https", host, null)])
	}
}

test_denies_another_scheme if {
	every scheme in ["http", "ftp", "HTTPS", "", null, 1] {
		_denied with input as _post([_url(scheme, "status.partner.example", null)])
	}
}

test_denies_another_port if {
	every port in [80, 0, -443, "443", true, [443]] {
		_denied with input as _post([_url("https", "status.partner.example", port)])
	}
}

test_denies_when_one_of_several_urls_is_not_allowed if {
	_denied with input as _post([_url("https", "status.partner.example", null), _url("https", "evil.example", null)])
}

test_names_the_destination if {
	_message == "The destination is not on the server's allow-list: https://evil.example" with input as _post([
		_url("https", "evil.example", null),
	])
}

test_the_list_of_another_server_does_not_count if {
	testing.codes(allow_list.deny) == {"DESTINATION_NOT_ALLOWED"} with input as _unnamed([
		_url("https", "status.partner.example", null),
	])
		with data.sallyport.destinations as {"mail": _listed.crm}
}

test_an_empty_or_strange_list_allows_nothing if {
	every hosts in [
		{},
		null,
		["status.partner.example"],
		{"status.partner.example": []},
		{"status.partner.example": true},
	] {
		testing.codes(allow_list.deny) == {"DESTINATION_NOT_ALLOWED"} with input as _post([
			_url("https", "status.partner.example", null),
		])
			with data.sallyport.destinations as {"crm": {"hosts": hosts}}
	}
}

test_denies_a_url_without_its_parts if {
	every part in ["scheme", "host", "port"] {
		_denied with input as _post([object.remove(_url("https", "status.partner.example", null), [part])])
	}
	every url in ["https://status.partner.example", null, 443, []] {
		_denied with input as _post([url])
	}
}

test_says_when_a_url_cannot_be_read if {
	_message == "The destination is not on the server's allow-list: a URL that cannot be read" with input as _post([null])
}

test_denies_urls_of_another_type if {
	object_of_urls := {"x": _url("https", "status.partner.example", null)}
	every urls in [null, "https://status.partner.example", 1, true, {}, object_of_urls] {
		_denied with input as _post(urls)
	}
	_denied with input as testing.without(_post([]), ["/context/urls"])
}

test_internal_tools_may_carry_any_url if {
	evil := testing.in_context(testing.allowed, {"urls": [_url("https", "evil.example", null)]})
	count(allow_list.deny) == 0 with input as evil
}

test_an_unknown_sink_counts_as_external if {
	evil := testing.in_context(testing.allowed, {"urls": [_url("https", "evil.example", null)]})
	every sink in [null, "", "Internal", true, 0, ["internal"]] {
		_denied with input as testing.catalogued(evil, "sink", sink)
	}
	_denied with input as testing.without(evil, ["/resource/properties/catalog/sink"])
}

test_other_targets_send_nothing if {
	every type in ["server", "prompt", "resource"] {
		evil := testing.changed(_post([_url("https", "evil.example", null)]), {"resource": {"type": type}})
		count(allow_list.deny) == 0 with input as evil
	}
}

test_without_a_list_what_the_catalog_names_as_destination_is_for_the_rules_of_provenance if {
	every destinations in [{}, {"crm": {}}, {"mail": _listed.crm}] {
		count(allow_list.deny) == 0 with input as _post([_url("https", "evil.example", null)])
			with data.sallyport.destinations as destinations
		every named in [[], null, "", {}, "/url"] {
			unnamed := testing.catalogued(_post([_url("https", "evil.example", null)]), "destination", named)
			testing.codes(allow_list.deny) == {"DESTINATION_NOT_ALLOWED"} with input as unnamed
				with data.sallyport.destinations as destinations
		}
	}
}

test_a_list_holds_for_every_url_whatever_the_catalog_names if {
	_denied with input as _post([testing.changed(_url("https", "evil.example", null), {"pointer": "/text"})])
}

test_a_mail_within_the_site_may_carry_any_url if {
	inside := testing.changed(testing.value("/to", "destination", "email", "never"), {"inside": true})
	mail := testing.catalogued(_post([_url("https", "evil.example", null)]), "external_if", ["/to"])
	count(allow_list.deny) == 0 with input as testing.in_context(mail, {"provenance": [inside]})
		with data.sallyport.destinations as _listed
}

_post(urls) := testing.in_context(testing.call("support-bot", ["support"], "crm", "post_update", {}), {"urls": urls})

_unnamed(urls) := testing.catalogued(_post(urls), "destination", [])

_url(scheme, host, port) := testing.link(scheme, host, port)

_denied if {
	testing.codes(allow_list.deny) == {"DESTINATION_NOT_ALLOWED"} with data.sallyport.destinations as _listed
}

_message := message if {
	some reason in allow_list.deny
	message := reason.message
}
