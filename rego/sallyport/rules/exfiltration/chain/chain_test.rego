package sallyport.rules.exfiltration.chain_test

import data.sallyport.rules.exfiltration.chain
import data.sallyport.testing

test_asks_about_an_external_sink_after_private_data if {
	_asked with input as _labelled(["read:private"])
}

test_asks_whatever_else_the_session_has_touched if {
	_asked with input as _labelled(["read:public", "read:private", "write:crm"])
}

test_accepts_an_external_sink_in_a_clean_session if {
	_silent with input as _labelled([])
	_silent with input as _labelled(["read:public"])
}

test_accepts_an_internal_tool_after_private_data if {
	patch := {"session": {"labels": ["read:private"]}}
	_silent with input as testing.in_context(testing.allowed, patch)
}

test_an_allow_listed_destination_does_not_mend_it if {
	patch := {"urls": [testing.link("https", "status.partner.example", 443)]}
	_asked with input as testing.in_context(_labelled(["read:private"]), patch)
}

test_labels_of_another_type_count_as_private if {
	every labels in [null, "", "read:private", true, 0, {}, {"read:private": true}] {
		_asked with input as _labelled(labels)
	}
}

test_absent_labels_count_as_private if {
	every pointer in ["/context/session/labels", "/context/session", "/context"] {
		_asked with input as testing.without(_labelled([]), [pointer])
	}
}

test_an_unknown_sink_counts_as_external if {
	every sink in [null, "", "None", "Internal", true, ["internal"]] {
		_asked with input as testing.catalogued(_labelled(["read:private"]), "sink", sink)
	}
	_asked with input as testing.without(_labelled(["read:private"]), ["/resource/properties/catalog/sink"])
}

test_other_targets_send_nothing if {
	every type in ["server", "prompt", "resource"] {
		_silent with input as testing.changed(_labelled(["read:private"]), {"resource": {"type": type}})
	}
}

test_a_type_that_is_not_known_counts_as_a_tool if {
	every type in ["", "Server", null, 1] {
		_asked with input as testing.changed(_labelled(["read:private"]), {"resource": {"type": type}})
	}
}

test_is_critical if {
	some each in chain.hold with input as _labelled(["read:private"])
	each.reason.severity == "critical"
	each.reason.rule == "exfiltration/chain"
}

_labelled(labels) := testing.in_context(
	testing.call("support-bot", ["support"], "crm", "post_update", {}),
	{"session": {"labels": labels}},
)

_asked if {
	{each.reason.code | some each in chain.hold} == {"EXFILTRATION_CHAIN"}
	every each in chain.hold {
		each.approval.require == [{"role": "data-approver", "count": 1}]
	}
	count(chain.deny) == 0
}

_silent if {
	count(chain.hold) == 0
	count(chain.deny) == 0
	count(chain.shadow) == 0
}

_to(seen) := testing.in_context(
	_labelled(["read:private"]),
	{"provenance": [testing.value("/url", "destination", "url", seen)]},
)

test_accepts_a_call_all_of_whose_destinations_are_known if {
	every seen in ["task", "self", "approved", "inside", "trusted"] {
		_silent with input as _to(seen)
	}
	own := testing.changed(testing.value("/url", "destination", "url", "never"), {"inside": true})
	_silent with input as testing.in_context(_to("never"), {"provenance": [own]})
}

test_asks_when_one_destination_is_not_known_or_none_is_told if {
	every seen in ["untrusted", "private", "created", "never"] {
		_asked with input as _to(seen)
		known := testing.value("/url", "destination", "url", "task")
		other := testing.value("/cc", "destination", "email", seen)
		_asked with input as testing.in_context(_to(seen), {"provenance": [known, other]})
	}
	address := [testing.value("/text", "address", "email", "task")]
	_asked with input as testing.in_context(_to("task"), {"provenance": address})
	_asked with input as testing.in_context(_to("task"), {"arguments_omitted": true})
	every facts in [null, "", {}, [null]] {
		_asked with input as testing.in_context(_to("task"), {"provenance": facts})
	}
}

test_a_mail_within_the_site_sends_nothing_out if {
	inside := testing.changed(testing.value("/to", "destination", "email", "never"), {"inside": true})
	mail := testing.catalogued(_labelled(["read:private"]), "external_if", ["/to"])
	_silent with input as testing.in_context(mail, {"provenance": [inside]})
	_asked with input as testing.in_context(mail, {"provenance": [testing.changed(inside, {"inside": false})]})
}

test_denies_where_it_is_switched_so_and_where_nobody_is_named if {
	testing.codes(chain.deny) == {"EXFILTRATION_CHAIN"} with input as _labelled(["read:private"])
		with data.sallyport.provenance.rules.chain as "deny"
	some reason in chain.deny with input as _labelled(["read:private"])
		with data.sallyport.approvers as {}
	endswith(reason.message, "nobody is named in data.sallyport.approvers for this server")
}

test_in_shadow_or_off_it_stops_nothing if {
	every word in ["shadow", "off"] {
		count(chain.hold | chain.deny) == 0 with input as _labelled(["read:private"])
			with data.sallyport.provenance.rules.chain as word
	}
	testing.codes(chain.shadow) == {"EXFILTRATION_CHAIN"} with input as _labelled(["read:private"])
		with data.sallyport.provenance.rules.chain as "shadow"
}

test_a_call_that_completes_one_that_was_let_through_is_no_chain if {
	_silent with input as testing.in_context(_labelled(["read:private"]), {"completes": true})
	every completes in [false, null, "true", 1] {
		_asked with input as testing.in_context(_labelled(["read:private"]), {"completes": completes})
	}
}
