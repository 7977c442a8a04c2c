package sallyport.rules.mcp.asked_secret

import future.keywords.not

import data.sallyport.lib.asked
import data.sallyport.reason

# METADATA
# title: The MCP server asks for a secret in a form
# description: >-
#   What a person types into a form passes through the agent's client. Servers must not ask for passwords, keys, tokens
#   or card numbers there, but on a page of their own (MCP, elicitation, "Form Mode Security"). Found by the names,
#   titles and formats of the form's fields, and where free text can be typed by descriptions and the form's message,
#   but for what they say is not asked for. `data.sallyport.server_requests[server].secret_forms` permits it.
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

deny contains reason.saying(_form_asks_secret, "its message") if {
	asked.kind == "elicitation"
	not input.context.arguments.mode == "url"
	not asked.line.secret_forms == true
	some schema in input.context.arguments.requestedSchema.properties
	not _is_choice(schema)
	some text in _form_texts
	_mentions(text)
}

# What the form asks for was not read.
deny contains _form_asks_secret if {
	asked.kind == "elicitation"
	not input.context.arguments.mode == "url"
	not asked.line.secret_forms == true
	not _read
}

_form_texts contains input.context.arguments.message

_form_texts contains input.context.arguments.requestedSchema.title

_form_texts contains input.context.arguments.requestedSchema.description

# Every form says what it asks for (MCP, elicitation: `requestedSchema` is required).
_read if {
	input.context.arguments_omitted == false
	is_object(object.get(input.context.arguments.requestedSchema, "properties", {}))
}

_secret(field, _) if regex.match(_words, _plain(field))

_secret(_, schema) if regex.match(_words, _plain(schema.title))

_secret(_, schema) if regex.match(_words, _plain(schema.format))

_secret(_, schema) if {
	not _is_choice(schema)
	_mentions(schema.description)
}

# Nothing can be typed there that would be a secret: "Reset your password?" may be answered yes or no.
_is_choice(schema) if schema.type == "boolean"

_is_choice(schema) if is_array(schema.enum)

_is_choice(schema) if is_array(schema.oneOf)

_is_choice(schema) if schema.type == "array"

_is_choice(schema) if schema.format in {"email", "uri", "date", "date-time"}

# Whether a text names a secret otherwise than to say that none is asked for.
_mentions(text) if regex.match(_spoken, regex.replace(_sentences(text), _unasked, " "))

# Words in lower case with one space around each; a sentence ends with a full stop.
_sentences(text) := concat("", [" ", regex.replace(stopped, `[^a-z0-9.]+`, " "), " "]) if {
	stopped := regex.replace(regex.replace(lower(text), `['’]`, ""), `[.!?:;\n]`, " . ")
}

# passWord, pass_word and "pass word" are one.
_plain(text) := regex.replace(lower(text), `[^a-z0-9]`, "")

_words := concat("|", [
	"passw(or)?d", "passphrase", "passcode", "secret", "apikey", "privatekey", "accesskey", "credential",
	"(access|auth|bearer|refresh|api|session|id)token", "^token$", "^pin$", "^otp$", "onetimecode",
	"card(number|no)", "creditcard", "^cvv$", "^cvc$", "socialsecurity", "^ssn$",
])

_spoken := concat("", [" (", _spoken_words, ") "])

_spoken_words := concat("|", [
	"pass ?w(or)?ds?", "pass ?phrases?", "pass ?codes?", "secrets?", "(api|private|access) ?keys?", "credentials?",
	"(access|auth|bearer|refresh|api|session|id) ?tokens?", "(your|the|a|this) token", "(your|the|a) pin",
	"pin (code|number)", "otp", "one ?time ?(pass)?codes?", "(credit ?)?card ?(numbers?|no)", "credit ?cards?", "cvv",
	"cvc", "social security", "ssn",
])

# "We never ask for your password or PIN", "no password is needed", "a password is not required".
_unasked := concat("", [
	` ((never|not|dont|doesnt|wont|cannot|cant|without)( ever)? (ask|asking|request|requesting|need|require|store|see|`,
	"know|share|sharing|send|give|enter|type|write|put|include|use|be|tell)",
	"( (for|you|us|here|in|this|your|any|a|an|the|of))*|no) (", _spoken_words, ")",
	"(( (or|and|nor|your|any|a|the))+ (", _spoken_words, "|pin))*( (is|are) (needed|required|asked for))? ",
	"| (", _spoken_words, ") (is|are) (not|never) (needed|required|asked for|stored) ",
])
