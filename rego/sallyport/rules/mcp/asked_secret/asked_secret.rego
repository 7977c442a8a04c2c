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

# Each rule says for itself that it is about elicitations: else the arguments of all calls would be sent to the policy.
deny contains reason.saying(_form_asks_secret, field) if {
	input.resource.type == "elicitation"
	_is_judged
	some field in (_marked(_names, _marked_names) | _marked(_texts, _marked_texts))
}

# What the form asks for was not read.
deny contains _form_asks_secret if {
	input.resource.type == "elicitation"
	_is_judged
	not _read
}

_is_judged if {
	not input.context.arguments.mode == "url"
	not asked.line.secret_forms == true
}

_form := input.context.arguments.requestedSchema

# Every form says what it asks for (MCP, elicitation: `requestedSchema` is required).
_read if {
	input.context.arguments_omitted == false
	is_object(object.get(_form, "properties", {}))
	is_string(_marked_names)
	is_string(_marked_texts)
}

# One line for each name and each text: an expression that is matched once costs less fuel than once for each field.
_names := [{"field": field, "text": text} |
	some field, schema in _form.properties
	some text in [field, _said(schema, "title"), _said(schema, "format")]
]

_texts := array.concat(
	[{"field": "its message", "text": text} |
		_can_be_typed
		some text in [_message, _said(_form, "title"), _said(_form, "description")]
	],
	[{"field": field, "text": _said(schema, "description")} |
		some field, schema in _form.properties
		not _is_choice(schema)
	],
)

# The member by its path: a function that were given the arguments would read them all, also those of other calls.
default _message := ""

_message := input.context.arguments.message if is_string(input.context.arguments.message)

_can_be_typed if {
	some schema in _form.properties
	not _is_choice(schema)
}

# Nothing can be typed there that would be a secret: "Reset your password?" may be answered yes or no.
_is_choice(schema) if schema.type == "boolean"

_is_choice(schema) if is_array(schema.enum)

_is_choice(schema) if is_array(schema.oneOf)

_is_choice(schema) if schema.type == "array"

_is_choice(schema) if schema.format in {"email", "uri", "date", "date-time"}

default _said(_, _) := ""

_said(schema, member) := schema[member] if is_string(schema[member])

_marked(said, lines) := {said[number].field |
	some number, line in split(lines, "\n")
	contains(line, "*")
}

_lines(said) := lower(concat("\n", [replace(text, "\n", " . ") | text := said[_].text]))

# passWord, pass_word and "pass word" are one.
_marked_names := regex.replace(regex.replace(_lines(_names), `[^a-z0-9\n]`, ""), _named, "*")

# Most texts have not even a part of the words that are looked for.
_marked_texts := "" if {
	is_string(_spelled)
	count(_present) == 0
} else := regex.replace(concat("\n", spoken), _unasked, "") if {
	spoken := [_speaking(line) | some line in split(regex.replace(_sentences, _spoken, "*"), "\n")]
}

# What a text says is not asked for is no secret that it asks for. Lines without a secret are not read again.
default _speaking(_) := ""

_speaking(line) := line if contains(line, "*")

_spelled := replace(replace(_lines(_texts), "'", ""), "’", "")

_present contains part if {
	some part in _parts
	strings.count(_spelled, part) > 0
}

# One of these is in each word of `_spoken`.
_parts := {"pass", "secret", "key", "credential", "token", "pin", "otp", "code", "card", "cvv", "cvc", "social", "ssn"}

# Words with one space between them, and a full stop between sentences: a secret, and what is said of it, is in one.
_sentences := regex.replace(concat("\n", lines), `[^a-z0-9.\n]+`, " ") if {
	lines := [concat(" . ", [sentence | some sentence in split(line, "."); _may_speak(sentence, _present)]) |
		some line in split(regex.replace(_spelled, `[!?:;]`, "."), "\n")
	]
}

_may_speak(sentence, parts) if {
	some part in parts
	contains(sentence, part)
}

_named := concat("", ["(?m)", concat("|", [
	"passw(or)?d", "passphrase", "passcode", "secret", "apikey", "privatekey", "accesskey", "credential",
	"(access|auth|bearer|refresh|api|session|id)token", "^token$", "^pin$", "^otp$", "onetimecode",
	"card(number|no)", "creditcard", "^cvv$", "^cvc$", "socialsecurity", "^ssn$",
])])

_spoken := concat("", [
	`\b(`, concat("|", [
		"pass ?w(or)?ds?", "pass ?phrases?", "pass ?codes?", "secrets?", "(api|private|access) ?keys?", "credentials?",
		"(access|auth|bearer|refresh|api|session|id) ?tokens?", "(your|the|a|this) token", "(your|the|a) pin",
		"pin (code|number)", "otp", "one ?time ?(pass)?codes?", "(credit ?)?card ?(numbers?|no)", "credit ?cards?", "cvv",
		"cvc", "social security", "ssn",
	]),
	`)\b`,
])

# "We never ask for your password or PIN", "no password is needed", "a password is not required"; * is a secret.
_unasked := concat("", [
	`\b(never|not|dont|doesnt|wont|cannot|cant|without)( ever)? (ask|asking|request|requesting|need|require|store|see|`,
	"know|share|sharing|send|give|enter|type|write|put|include|use|be|tell)",
	`( (for|you|us|here|in|this|your|any|a|an|the|of))* \*`, _and_more,
	`|\bno \*`, _and_more, `|\* (is|are) (not|never) (needed|required|asked for|stored)\b`,
])

_and_more := `(( (or|and|nor|your|any|a|the))+ (\*|pin\b))*( (is|are) (needed|required|asked for)\b)?`
