package sallyport.rules.mcp.asked_secret

import future.keywords.not

import data.sallyport.lib.asked
import data.sallyport.reason

# METADATA
# title: The MCP server asks for a secret in a form
# description: >-
#   What a person types into a form passes through the agent's client. Servers must not ask for passwords, keys, tokens
#   or card numbers there, but on a page of their own (MCP, elicitation, "Form Mode Security"). Found by the names and
#   titles of the form's fields. `data.sallyport.server_requests[server].secret_forms` permits it.
# custom:
#   code: FORM_ASKS_SECRET
#   severity: high
#   controls: [ASI01, ASI03]
#   owner: platform-security
_form_asks_secret := reason.of(rego.metadata.chain())

deny contains reason.saying(_form_asks_secret, field) if {
	asked.kind == "elicitation"
	not input.context.arguments.mode == "url"
	not asked.line.secret_forms == true
	some field, schema in input.context.arguments.requestedSchema.properties
	_secret(field, schema)
}

# What the form asks for was not read.
deny contains _form_asks_secret if {
	asked.kind == "elicitation"
	not input.context.arguments.mode == "url"
	not asked.line.secret_forms == true
	not _read
}

# Every form says what it asks for (MCP, elicitation: `requestedSchema` is required).
_read if {
	input.context.arguments_omitted == false
	is_object(object.get(input.context.arguments.requestedSchema, "properties", {}))
}

_secret(field, _) if regex.match(_words, _plain(field))

_secret(_, schema) if regex.match(_words, _plain(schema.title))

# passWord, pass_word and "pass word" are one.
_plain(text) := regex.replace(lower(text), `[^a-z0-9]`, "")

_words := concat("|", [
	"passw(or)?d", "passphrase", "passcode", "secret", "apikey", "privatekey", "accesskey", "credential",
	"(access|auth|bearer|refresh|api|session|id)token", "^token$", "^pin$", "^otp$", "onetimecode",
	"card(number|no)", "creditcard", "^cvv$", "^cvc$", "socialsecurity", "^ssn$",
])
