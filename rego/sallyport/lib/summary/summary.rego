# METADATA
# title: Sentences for approvers
# description: >-
#   Builds the sentence that describes what an approval allows. Argument values are the agent's: text that is not
#   a plain word is quoted, and long text is named by its length, so that a value cannot look like part of the sentence.
#   So is text that reads as a number, a boolean or null: who approves can tell "100" from 100.
package sallyport.lib.summary

import future.keywords.not

_plain := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@"

_longest := 80

# METADATA
# description: The words with each "$name" replaced by that argument.
sentence(words, arguments) := concat(" ", [_word(word, arguments) | some word in words])

# METADATA
# description: >-
#   The sentence for tools without a summary of their own; it names every argument, and of more than a hundred the first
#   by name and how many others there are.
listing(id, arguments) := concat(" ", ["Run", id, "with no arguments"]) if {
	count(arguments) == 0
} else := concat(" ", ["Run", id, "with", concat(", ", _pairs(arguments))]) if {
	count(arguments) <= _listed
} else := concat(" ", ["Run", id, "with", concat(", ", _pairs(listed)), "and", format_int(others, 10), "more"]) if {
	listed := {name: arguments[name] | some name in first(object.keys(arguments), _listed)}
	others := count(arguments) - _listed
}

_listed := 100

_pairs(arguments) := sort([concat(" = ", [shown(name), shown(value)]) | some name, value in arguments])

# METADATA
# description: >-
#   The first so many of a set in order, to list some of many. JSON has the members of a set in order, for a small part
#   of the fuel that `sort` takes for hundreds.
first(members, number) := array.slice(json.unmarshal(json.marshal(members)), 0, number)

_word(word, arguments) := shown(arguments[substring(word, 1, -1)]) if {
	startswith(word, "$")
} else := concat("", ["(no ", substring(word, 1, -1), ")"]) if {
	startswith(word, "$")
} else := word

# METADATA
# description: One argument value as an approver may read it.
shown(value) := value if {
	value != ""
	count(value) <= _longest
	trim(value, _plain) == ""
	not json.is_valid(value)
} else := _counted("text", count(value), "characters") if {
	is_string(value)
	count(value) > _longest
} else := _counted("object", count(value), "members") if {
	is_object(value)
} else := _counted("list", count(value), "items") if {
	is_array(value)
} else := _marked(json.marshal(value))

# The console and the channels escape what they show. A pair of backslashes is one of the text, and no escape begins
# with its second.
_marked(text) := concat(`\\`, [_plainly(part) | some part in split(text, `\\`)]) if {
	contains(text, `\u00`)
} else := text

_plainly(part) := replace(replace(replace(part, `\u003c`, "<"), `\u003e`, ">"), `\u0026`, "&")

_counted(what, number, of) := concat("", ["(", what, " of ", format_int(number, 10), " ", of, ")"])
