package sallyport.lib.envoy_test

import data.sallyport.lib.envoy
import data.sallyport.testing

_call := testing.changed(testing.call("alice", [], "payments", "create_refund", {"amount": 5}), {
	"subject": {"properties": {"claims": {"sub": "alice", "role": "guest"}}},
	"resource": {"properties": {"request": {
		"host": "payments.example",
		"path": "/v1/refunds",
		"segments": ["v1", "refunds"],
		"query": [["dry_run", "1"], ["tag", "a b"], ["tag", "c&d"]],
	}}},
})

test_builds_the_request if {
	request := envoy.document(_call).attributes.request.http
	request.method == "POST"
	request.path == "/v1/refunds?dry_run=1&tag=a+b&tag=c%26d"
	request.host == "payments.example"
	request.headers[":path"] == request.path
	json.unmarshal(request.body) == {"amount": 5}
}

test_shows_the_headers_that_the_route_names if {
	named := testing.changed(_call, {"resource": {"properties": {"request": {"headers": {"x-action": "archive"}}}}})
	headers := envoy.document(named).attributes.request.http.headers
	headers["x-action"] == "archive"
	headers[":method"] == "POST"
}

test_a_path_without_a_query_has_no_question_mark if {
	envoy.document(testing.allowed).attributes.request.http.path == "/"
}

test_builds_what_is_parsed if {
	document := envoy.document(_call)
	document.parsed_path == ["v1", "refunds"]
	document.parsed_query == {"dry_run": ["1"], "tag": ["a b", "c&d"]}
	document.parsed_body == {"amount": 5}
	document.truncated_body == false
	document.attributes.source.principal == "alice"
}

test_the_token_decodes_to_the_verified_claims if {
	[_, token] := split(envoy.document(_call).attributes.request.http.headers.authorization, " ")
	[header, payload, signature] := io.jwt.decode(token)
	header.alg == "none"
	payload == {"sub": "alice", "role": "guest"}
	signature == ""
}

test_the_token_never_verifies if {
	[_, token] := split(envoy.document(_call).attributes.request.http.headers.authorization, " ")
	[verified, _, _] := io.jwt.decode_verify(token, {"secret": "secret"})
	verified == false
}

test_only_true_is_allowed if {
	envoy.allowed(true)
	envoy.allowed({"allowed": true, "http_status": 200})
	every answer in [false, null, "true", 1, {}, {"allowed": 1}, {"allowed": false}, [true]] {
		not envoy.allowed(answer)
	}
}

test_always_has_a_detail if {
	envoy.detail({"allowed": false, "body": "no", "http_status": 401}) == "no (status 401)"
	envoy.detail({"allowed": false, "body": "no"}) == "no"
	envoy.detail({"allowed": false, "http_status": 401}) == "it gave no reason (status 401)"
	every answer in [false, null, "x", {}, {"body": 7}, []] {
		envoy.detail(answer) == "it gave no reason"
	}
}
