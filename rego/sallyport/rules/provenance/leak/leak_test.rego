package sallyport.rules.provenance.leak_test

import data.sallyport.rules.provenance.leak
import data.sallyport.testing

test_asks_about_a_secret_of_another_servers_private_result if {
	_asked with input as _post([_secret("payments")])
	_asked with input as _post([_secret("crm"), _secret("payments")])
}

test_accepts_what_came_from_the_same_server if {
	_silent with input as _post([_secret("crm")])
	_silent with input as _post([])
}

test_a_secret_that_was_read_because_untrusted_text_named_it_is_asked_about_whatever_its_server if {
	every led in [true, null, "false", 0] {
		_asked with input as _post([testing.changed(_secret("crm"), {"led": led})])
	}
	_asked with input as testing.without(_post([_secret("crm")]), ["/context/secrets/0/led"])
}

test_a_code_that_was_met_nowhere_is_asked_about_where_private_data_is_forgotten if {
	unknown := [testing.changed(_secret("crm"), {"server": null})]
	private := {"session": {"labels": ["read:untrusted", "read:private", "provenance:forgotten"]}}
	_asked with input as testing.in_context(_post(unknown), private)
	_asked with input as testing.in_context(_post(unknown), {"session": {"labels": null}})
	_silent with input as testing.in_context(_post(unknown), {"session": {"labels": ["read:untrusted"]}})
	some each in leak.hold with input as testing.in_context(_post(unknown), private)
	endswith(each.reason.message, `: "/text" met nowhere, and not all is remembered`)
}

test_what_the_task_identifies_may_go_where_the_task_says if {
	identified := testing.changed(_secret("payments"), {"identified": true})
	every seen in ["task", "self", "inside"] {
		_silent with input as _to(seen, [identified])
	}
	every seen in ["approved", "created", "people", "trusted", "untrusted", "private", "never"] {
		_asked with input as _to(seen, [identified])
	}
	_asked with input as _to("task", [_secret("payments")])
	_asked with input as _to("task", [identified, _secret("payments")])
	_asked with input as testing.in_context(_to("task", [identified]), {"provenance": []})
}

test_the_account_or_mail_address_that_it_goes_to_is_no_secret if {
	every kind in ["email", "account"] {
		at := testing.value("/text", "destination", kind, "task")
		_silent with input as testing.in_context(_post([_secret("payments")]), {"provenance": [at]})
		beside := [at, testing.value("/text", "value", "text", "never")]
		_asked with input as testing.in_context(_post([_secret("payments")]), {"provenance": beside})
	}
	link := testing.value("/text", "destination", "url", "task")
	_asked with input as testing.in_context(_post([_secret("payments")]), {"provenance": [link]})
}

test_says_where_it_stands_and_whose_it_is_and_never_what_it_is if {
	some each in leak.hold with input as _post([_secret("payments")])
	endswith(each.reason.message, `: "/text" from payments`)
}

test_a_server_that_cannot_be_read_is_another_one if {
	every server in [null, "", 1, ["crm"]] {
		_asked with input as _post([{"pointer": "/text", "server": server}])
	}
	_asked with input as _post([{"pointer": "/text"}])
	_asked with input as testing.without(_post([_secret("crm")]), ["/resource/properties/server"])
		with data.sallyport.approvers as {}
}

test_facts_that_are_absent_or_misshapen_are_asked_about if {
	every secrets in [null, "", {}, 1, true, [null], ["x"]] {
		_asked with input as testing.in_context(_post([]), {"secrets": secrets})
	}
	_asked with input as testing.without(_post([]), ["/context/secrets"])
}

test_arguments_that_were_not_read_are_asked_about if {
	_asked with input as testing.in_context(_post([]), {"arguments_omitted": true})
	_asked with input as testing.in_context(_post([]), {"provenance": null})
	overflow := [testing.value("", "destination", "text", "never")]
	_asked with input as testing.in_context(_post([]), {"provenance": overflow})
}

test_what_stays_inside_is_not_asked_about if {
	every sink in ["none", "internal"] {
		_silent with input as testing.catalogued(_post([_secret("payments")]), "sink", sink)
	}
	every type in ["server", "prompt", "resource"] {
		_silent with input as testing.changed(_post([_secret("payments")]), {"resource": {"type": type}})
	}
}

test_an_unknown_sink_counts_as_external if {
	every sink in [null, "", "Internal"] {
		_asked with input as testing.catalogued(_post([_secret("payments")]), "sink", sink)
	}
}

test_what_changes_nothing_but_sends_out_is_asked_about if {
	_asked with input as testing.catalogued(_post([_secret("payments")]), "mutates", false)
}

test_a_call_that_completes_one_that_was_let_through_may_carry_its_code if {
	_silent with input as testing.in_context(_post([_secret("payments")]), {"completes": true})
	every completes in [false, null, "true", 1] {
		_asked with input as testing.in_context(_post([_secret("payments")]), {"completes": completes})
	}
}

test_a_clean_session_is_not_asked_about if {
	_silent with input as testing.in_context(_post([_secret("payments")]), {"session": {"labels": ["read:private"]}})
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(leak.deny) == {"SECRET_LEAVES"} with input as _post([_secret("payments")])
		with data.sallyport.provenance.rules.leak as "deny"
	testing.codes(leak.deny) == {"SECRET_LEAVES"} with input as _post([_secret("payments")])
		with data.sallyport.approvers as {}
}

test_in_shadow_or_off_it_stops_nothing if {
	every word in ["shadow", "off"] {
		count(leak.hold | leak.deny) == 0 with input as _post([_secret("payments")])
			with data.sallyport.provenance.rules.leak as word
	}
	testing.codes(leak.shadow) == {"SECRET_LEAVES"} with input as _post([_secret("payments")])
		with data.sallyport.provenance.rules.leak as "shadow"
}

_secret(server) := {"pointer": "/text", "server": server, "identified": false, "led": false}

_to(seen, secrets) := testing.in_context(_post(secrets), {"provenance": [to]}) if {
	to := testing.value("/url", "destination", "url", seen)
}

_post(secrets) := testing.in_context(
	testing.tainted(
		testing.call("support-bot", ["support"], "crm", "post_update", {"url": "u", "text": "t"}),
		[testing.value("/url", "destination", "url", "task")],
	),
	{"secrets": secrets},
)

_asked if {
	testing.codes(leak.deny | {each.reason | some each in leak.hold}) == {"SECRET_LEAVES"}
	count(leak.shadow) == 0
}

_silent if {
	count(leak.hold) == 0
	count(leak.deny) == 0
	count(leak.shadow) == 0
}
