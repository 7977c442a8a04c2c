package sallyport.rules.tools.definition_test

import data.sallyport.rules.tools.definition
import data.sallyport.testing

test_accepts_a_definition_that_has_not_changed if {
	count(definition.deny) == 0 with input as testing.allowed
	count(definition.hide) == 0 with input as testing.allowed
}

test_denies_a_definition_that_has_changed if {
	_denied with input as _changed(true)
}

test_hides_a_definition_that_has_changed if {
	testing.codes(definition.hide) == {"TOOL_DEFINITION_CHANGED"} with input as _changed(true)
}

test_only_the_value_false_is_unchanged if {
	every value in [true, null, "false", "", 0, [], {}] {
		_denied with input as _changed(value)
	}
}

test_denies_when_the_fact_is_absent if {
	every pointer in [
		"/resource/properties/definition/changed",
		"/resource/properties/definition",
		"/resource/properties",
		"/resource",
	] {
		_denied with input as testing.without(testing.allowed, [pointer])
	}
}

test_other_targets_have_no_definition if {
	every type in ["server", "prompt", "resource", "resource_template"] {
		count(definition.deny) == 0 with input as testing.changed(_changed(null), {"resource": {"type": type}})
	}
}

test_a_type_that_is_not_known_counts_as_a_tool if {
	every type in ["", "Prompt", null, 1, ["prompt"]] {
		_denied with input as testing.changed(_changed(true), {"resource": {"type": type}})
	}
}

test_accepts_a_change_to_the_definition_that_the_catalog_names if {
	named := {"resource": {"properties": {
		"definition": {"changed": true, "digest": "sha256:aa", "pins": "catalog"},
		"catalog": {"definition": "sha256:aa"},
	}}}
	count(definition.deny) == 0 with input as testing.changed(testing.allowed, named)
	every pins in ["first_use", "accepted", null] {
		_denied with input as testing.changed(
			testing.changed(testing.allowed, named),
			{"resource": {"properties": {"definition": {"pins": pins}}}},
		)
	}
	every digest in ["sha256:bb", null] {
		_denied with input as testing.changed(
			testing.changed(testing.allowed, named),
			{"resource": {"properties": {"definition": {"digest": digest}}}},
		)
	}
}

test_a_change_is_none_of_a_line_without_a_definition if {
	_denied with input as testing.changed(
		testing.allowed,
		{"resource": {"properties": {"definition": {"changed": true, "digest": null, "pins": "catalog"}}}},
	)
}

test_is_critical if {
	some reason in definition.deny with input as _changed(true)
	reason.severity == "critical"
	reason.controls == ["ASI04"]
}

_changed(value) := testing.changed(
	testing.allowed,
	{"resource": {"properties": {"definition": {"changed": value}}}},
)

_denied if testing.codes(definition.deny) == {"TOOL_DEFINITION_CHANGED"}
