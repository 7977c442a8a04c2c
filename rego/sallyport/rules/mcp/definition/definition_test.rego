package sallyport.rules.mcp.definition_test

import data.sallyport.rules.mcp.definition
import data.sallyport.testing

_kinds := {"prompt", "resource", "resource_template"}

test_accepts_a_definition_that_has_not_changed if {
	every kind in _kinds {
		count(definition.deny) == 0 with input as _asked(kind)
		count(definition.hide) == 0 with input as _asked(kind)
	}
}

test_denies_and_hides_a_definition_that_has_changed if {
	every kind in _kinds {
		_denied with input as _changed(kind, true)
		testing.codes(definition.hide) == {"DEFINITION_CHANGED"} with input as _changed(kind, true)
	}
}

test_only_the_value_false_is_unchanged if {
	every value in [true, null, "false", "", 0, [], {}] {
		_denied with input as _changed("prompt", value)
	}
}

test_denies_when_the_fact_is_absent if {
	every pointer in [
		"/resource/properties/definition/changed",
		"/resource/properties/definition",
		"/resource/properties",
	] {
		_denied with input as testing.without(_asked("resource"), [pointer])
	}
}

test_tools_and_servers_are_for_other_rules if {
	every type in ["tool", "server", "task"] {
		count(definition.deny) == 0 with input as testing.changed(_changed("prompt", true), {"resource": {"type": type}})
	}
}

test_accepts_a_change_to_the_definition_that_the_catalog_names if {
	named := testing.changed(_asked("resource_template"), {"resource": {"properties": {
		"definition": {"changed": true, "digest": "sha256:aa", "pins": "catalog"},
		"catalog": {"definition": "sha256:aa"},
	}}})
	count(definition.deny) == 0 with input as named
	_denied with input as testing.changed(named, {"resource": {"properties": {"catalog": {"definition": null}}}})
}

_asked(kind) := testing.asked("support-bot", ["support"], kind, "crm", "report")

_changed(kind, value) := testing.changed(_asked(kind), {"resource": {"properties": {"definition": {"changed": value}}}})

_denied if testing.codes(definition.deny) == {"DEFINITION_CHANGED"}
