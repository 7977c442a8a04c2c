package sallyport.rules.envoy.authz_test

import data.sallyport.rules.envoy.authz
import data.sallyport.testing

test_is_silent_about_servers_it_is_not_for if {
	every servers in [[], ["crm"], null, "payments"] {
		authz.permit == set() with input as testing.allowed
			with data.sallyport.envoy.servers as servers
			with data.envoy.authz.allow as true
		authz.deny == set() with input as testing.allowed
			with data.sallyport.envoy.servers as servers
			with data.envoy.authz.allow as false
	}
}

test_permits_what_the_policy_allows if {
	every answer in [true, {"allowed": true}, {"allowed": true, "headers": {"x-user": "alice"}, "http_status": 200}] {
		_permitted(answer)
		count(_denied(answer)) == 0
	}
}

test_denies_whatever_else_it_says if {
	every answer in [false, null, 1, "true", [], [true], {}, {"allowed": "true"}, {"allowed": false}, {"allow": true}] {
		not _permitted(answer)
		testing.codes(_denied(answer)) == {"ENVOY_DENIED"}
	}
}

test_denies_when_there_is_no_such_policy if {
	denied := authz.deny with input as testing.allowed with data.sallyport.envoy.servers as ["payments"]
	testing.codes(denied) == {"ENVOY_DENIED"}
}

test_denies_when_the_document_cannot_be_built if {
	every pointer in ["/resource/properties/request", "/action/properties/method", "/subject/properties/claims"] {
		denied := authz.deny with input as testing.without(testing.allowed, [pointer])
			with data.sallyport.envoy.servers as ["payments"]
			with data.envoy.authz.allow as true
		testing.codes(denied) == {"ENVOY_DENIED"}
	}
}

test_repeats_what_the_policy_said if {
	some reason in _denied({"allowed": false, "body": "guests may not write", "http_status": 403})
	reason.message == "The OPA-Envoy policy does not allow the request: guests may not write (status 403)"
}

_permitted(answer) if {
	permit := authz.permit with input as testing.allowed
		with data.sallyport.envoy.servers as ["payments"]
		with data.envoy.authz.allow as answer
	testing.codes(permit) == {"ENVOY_ALLOWED"}
}

_denied(answer) := denied if {
	denied := authz.deny with input as testing.allowed
		with data.sallyport.envoy.servers as ["payments"]
		with data.envoy.authz.allow as answer
}
