package sallyport.rules.sensitivity.proof_test

import data.sallyport.rules.sensitivity.proof
import data.sallyport.testing

_rotate_keys := testing.call("refund-bot", ["refunds"], "payments", "rotate_keys", {})

test_denies_a_bearer_token_for_a_tool_of_high_sensitivity if {
	_denied with input as _rotate_keys
}

test_accepts_a_proven_key if {
	every method in ["dpop", "mtls"] {
		count(proof.deny) == 0 with input as _proven(method, "thumbprint")
	}
}

test_accepts_a_bearer_token_for_low_and_medium_sensitivity if {
	every sensitivity in ["low", "medium"] {
		count(proof.deny) == 0 with input as testing.catalogued(_rotate_keys, "sensitivity", sensitivity)
	}
}

test_unknown_sensitivity_counts_as_high if {
	every sensitivity in [null, "", "LOW", "none", 0, false, ["low"], {"low": true}] {
		_denied with input as testing.catalogued(testing.allowed, "sensitivity", sensitivity)
	}
}

test_absent_sensitivity_counts_as_high if {
	every pointer in ["/resource/properties/catalog/sensitivity", "/resource/properties/catalog"] {
		_denied with input as testing.without(testing.allowed, [pointer])
	}
}

test_denies_a_method_that_proves_nothing if {
	every method in ["none", "", "bearer", "DPoP", null, true, 1, ["dpop"], {"dpop": true}] {
		_denied with input as _proven(method, "thumbprint")
	}
}

test_denies_a_method_without_its_key if {
	every key in ["", null, true, 1, [], ["thumbprint"]] {
		_denied with input as _proven("dpop", key)
	}
}

test_denies_when_the_proof_is_absent if {
	every pointer in [
		"/subject/properties/proof/method",
		"/subject/properties/proof/key",
		"/subject/properties/proof",
		"/subject",
	] {
		_denied with input as testing.without(_proven("dpop", "thumbprint"), [pointer])
	}
}

test_other_targets_have_no_sensitivity if {
	every type in ["server", "prompt", "resource"] {
		count(proof.deny) == 0 with input as testing.changed(_rotate_keys, {"resource": {"type": type}})
	}
}

test_a_type_that_is_not_known_counts_as_a_tool if {
	every type in ["", "Server", null, 1] {
		_denied with input as testing.changed(_rotate_keys, {"resource": {"type": type}})
	}
}

_proven(method, key) := testing.changed(
	_rotate_keys,
	{"subject": {"properties": {"proof": {"method": method, "key": key}}}},
)

_denied if testing.codes(proof.deny) == {"PROOF_REQUIRED"}
