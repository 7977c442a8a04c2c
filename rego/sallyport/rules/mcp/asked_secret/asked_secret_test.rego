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

test_denies_a_form_whose_message_asks_for_a_secret if {
	every message in [
		"Your password?", "Please type your GitHub password:", "Pass-word goes into the field", "We need an API key.",
		"Enter the one-time code", "What is the card number", "Paste an access token", "Give us your PIN",
		"We never ask. Your password, please", "Do not forget to type your password",
		"We never ask for your password. Enter your PIN code",
	] {
		_codes(_saying(message, {"value": {"type": "string"}})) == {"FORM_ASKS_SECRET"}
		_codes(_form({"value": {"type": "string", "description": message}})) == {"FORM_ASKS_SECRET"}
	}
	messages := {reason.message | some reason in asked_secret.deny} with input as _saying("Your password?", {"value": {}})
	messages == {"The MCP server asks for a secret in a form: its message"}
}

test_denies_a_form_whose_title_or_description_asks_for_a_secret if {
	every name in ["title", "description"] {
		request := json.patch(_form({"value": {"type": "string"}}), [{
			"op": "add",
			"path": sprintf("/context/arguments/requestedSchema/%s", [name]), "value": "Your password",
		}])
		_codes(request) == {"FORM_ASKS_SECRET"}
	}
}

test_denies_a_field_that_is_shown_as_one_for_a_password if {
	_codes(_form({"value": {"type": "string", "format": "password"}})) == {"FORM_ASKS_SECRET"}
}

test_accepts_a_form_that_says_that_it_asks_for_no_secret if {
	every message in [
		"Your name? We never ask for your password.", "We'll never ask you for your password or PIN.",
		"Don't share your password.", "Do not enter any API keys here", "No password is needed.",
		"A password is not required", "The secretary's name?", "Which message should I pin?", "How many tokens?",
	] {
		_codes(_saying(message, {"value": {"type": "string"}})) == set()
		_codes(_form({"value": {"type": "string", "description": message}})) == set()
	}
}

test_accepts_a_form_that_speaks_of_a_secret_where_none_can_be_typed if {
	every schema in [
		{"type": "boolean"}, {"type": "string", "enum": ["yes", "no"]}, {"type": "string", "oneOf": [{"const": "yes"}]},
		{"type": "array", "items": {"type": "string", "enum": ["mail"]}}, {"type": "string", "format": "email"},
	] {
		_codes(_saying("Reset your password?", {"value": schema})) == set()
		_codes(_form({"value": object.union(schema, {"description": "Where the new password goes"})})) == set()
	}
	also_text := {"sure": {"type": "boolean"}, "why": {"type": "string"}}
	_codes(_saying("Reset your password?", also_text)) == {"FORM_ASKS_SECRET"}
}

test_finds_each_secret_in_a_long_text if {
	rest := concat(" ", [sentence | some _ in numbers.range(1, 20); sentence := "The key date is on page two; see there."])
	every word in [
		"passwd", "pass phrase", "passcode", "secret", "access key", "credentials", "session token", "this token",
		"your PIN", "OTP", "one time code", "card no", "credit card", "CVV", "cvc", "social security number", "SSN",
	] {
		_codes(_saying(concat(" ", [rest, "Type", word, "here. Thank you!", rest]), {"value": {}})) == {"FORM_ASKS_SECRET"}
		unasked := concat(" ", [rest, "We never ask for your", word, "here. Thank you!", rest])
		_codes(_saying(unasked, {"value": {}})) == set()
	}
}

test_accepts_a_form_without_texts if {
	_codes(_saying(null, {"value": {"type": "string", "description": 7, "format": null}})) == set()
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

_form(fields) := _saying("Please fill in", fields)

_saying(message, fields) := testing.asking("crm", null, "elicitation", {
	"message": message,
	"requestedSchema": {"type": "object", "properties": fields},
})

_codes(request) := codes if codes := testing.codes(asked_secret.deny) with input as request
