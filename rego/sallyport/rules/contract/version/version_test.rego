package sallyport.rules.contract.version_test

import data.sallyport.rules.contract.version
import data.sallyport.testing

test_understands_a_call_of_version_1 if {
	count(version.deny) == 0 with input as testing.allowed
}

test_denies_another_contract_version if {
	every number in [0, 2, 1.5, -1] {
		_denied with input as testing.changed(testing.allowed, {"contract": number})
	}
}

test_denies_a_contract_version_of_another_type if {
	every value in ["1", "", null, true, [1], {"1": 1}] {
		_denied with input as testing.changed(testing.allowed, {"contract": value})
	}
}

test_denies_another_phase if {
	every phase in ["list", "result", "CALL", "", null, 1, ["call"]] {
		_denied with input as testing.changed(testing.allowed, {"phase": phase})
	}
}

test_denies_when_version_or_phase_are_absent if {
	_denied with input as testing.without(testing.allowed, ["/contract"])
	_denied with input as testing.without(testing.allowed, ["/phase"])
}

test_denies_an_empty_input if {
	_denied with input as {}
}

test_says_why_and_how_bad if {
	some reason in version.deny with input as {}
	reason.rule == "contract/version"
	reason.severity == "critical"
}

_denied if testing.codes(version.deny) == {"CONTRACT_UNSUPPORTED"}

test_judges_protocol_messages_too if {
	ping := testing.message("support-bot", ["support"], "crm", "ping")
	count(version.deny) == 0 with input as ping
	_denied with input as testing.without(ping, ["/contract"])
}
