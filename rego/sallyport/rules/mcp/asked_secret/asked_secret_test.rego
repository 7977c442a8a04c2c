package sallyport.rules.mcp.asked_secret_test

import data.sallyport.main
import data.sallyport.rules.mcp.asked_secret
import data.sallyport.testing

test_denies_a_form_with_a_field_for_a_secret if {
	every field in [
		"password", "Passwd", "user_password", "API-Key", "apiKey", "clientSecret", "token", "access_token",
		"card number", "cvv", "pin", "one-time code",
	] {
		_codes(_form({field: {"type": "string"}})) == {"FORM_ASKS_SECRET"}
		_codes(_form({"value": {"type": "string", "title": field}})) == {"FORM_ASKS_SECRET"}
	}
}

test_the_decision_is_a_deny if {
	main.decision.effect == "deny" with input as _form({"password": {}})
}

test_accepts_other_fields if {
	every field in ["name", "email", "max_tokens", "opinion", "shipping", "passenger", "cardinality", "", "tokens"] {
		_codes(_form({field: {"type": "string", "title": "Your name"}})) == set()
	}
	_codes(testing.asking("crm", null, "elicitation", {"message": "Your password?", "requestedSchema": {}})) == set()
}

test_says_which_field if {
	messages := {reason.message | some reason in asked_secret.deny} with input as _form({"password": {}})
	messages == {"The MCP server asks for a secret in a form: password"}
}

test_accepts_it_on_a_page_of_the_server if {
	page := {"mode": "url", "url": "https://crm.example/password", "requestedSchema": {"properties": {"password": {}}}}
	_codes(testing.asking("crm", null, "elicitation", page)) == set()
}

test_denies_a_form_that_was_not_read if {
	every omitted in [true, null, "false"] {
		request := testing.changed(_form({}), {"context": {"arguments_omitted": omitted}})
		_codes(request) == {"FORM_ASKS_SECRET"}
	}
}

test_denies_a_form_whose_fields_cannot_be_read if {
	every arguments in [
		null, [], "", {"message": "Your password?"},
		{"requestedSchema": null}, {"requestedSchema": []}, {"requestedSchema": {"properties": null}},
		{"requestedSchema": {"properties": [{"password": {}}]}},
	] {
		request := json.patch(_form({}), [{"op": "replace", "path": "/context/arguments", "value": arguments}])
		_codes(request) == {"FORM_ASKS_SECRET"}
	}
}

test_is_about_forms_only if {
	every kind in ["sampling", "roots"] {
		request := testing.changed(_form({"password": {}}), {"resource": {"type": kind}})
		_codes(request) == set()
	}
}

test_the_data_may_permit_it if {
	codes := testing.codes(asked_secret.deny) with input as _form({"password": {}})
		with data.sallyport.server_requests as {"crm": {"elicitation": true, "secret_forms": true}}
	codes == set()
}

_form(fields) := testing.asking("crm", null, "elicitation", {
	"message": "Please fill in",
	"requestedSchema": {"type": "object", "properties": fields},
})

_codes(request) := codes if codes := testing.codes(asked_secret.deny) with input as request
