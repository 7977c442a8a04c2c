package sallyport.rules.exfiltration.chain_test

import data.sallyport.rules.exfiltration.chain
import data.sallyport.testing

test_denies_an_external_sink_after_private_data if {
	_denied with input as _labelled(["read:private"])
}

test_denies_whatever_else_the_session_has_touched if {
	_denied with input as _labelled(["read:public", "read:private", "write:crm"])
}

test_accepts_an_external_sink_in_a_clean_session if {
	count(chain.deny) == 0 with input as _labelled([])
	count(chain.deny) == 0 with input as _labelled(["read:public"])
}

test_accepts_an_internal_tool_after_private_data if {
	patch := {"session": {"labels": ["read:private"]}}
	count(chain.deny) == 0 with input as testing.in_context(testing.allowed, patch)
}

test_an_allow_listed_destination_does_not_mend_it if {
	patch := {"urls": [testing.link("https", "status.partner.example", 443)]}
	_denied with input as testing.in_context(_labelled(["read:private"]), patch)
}

test_labels_of_another_type_count_as_private if {
	every labels in [null, "", "read:private", true, 0, {}, {"read:private": true}] {
		_denied with input as _labelled(labels)
	}
}

test_absent_labels_count_as_private if {
	every pointer in ["/context/session/labels", "/context/session", "/context"] {
		_denied with input as testing.without(_labelled([]), [pointer])
	}
}

test_an_unknown_sink_counts_as_external if {
	every sink in [null, "", "none", "Internal", true, ["internal"]] {
		_denied with input as testing.catalogued(_labelled(["read:private"]), "sink", sink)
	}
	_denied with input as testing.without(_labelled(["read:private"]), ["/resource/properties/catalog/sink"])
}

test_other_targets_send_nothing if {
	every type in ["server", "prompt", "resource"] {
		count(chain.deny) == 0 with input as testing.changed(_labelled(["read:private"]), {"resource": {"type": type}})
	}
}

test_a_type_that_is_not_known_counts_as_a_tool if {
	every type in ["", "Server", null, 1] {
		_denied with input as testing.changed(_labelled(["read:private"]), {"resource": {"type": type}})
	}
}

test_is_critical if {
	some reason in chain.deny with input as _labelled(["read:private"])
	reason.severity == "critical"
	reason.rule == "exfiltration/chain"
}

_labelled(labels) := testing.in_context(
	testing.call("support-bot", ["support"], "crm", "post_update", {}),
	{"session": {"labels": labels}},
)

_denied if testing.codes(chain.deny) == {"EXFILTRATION_CHAIN"}
