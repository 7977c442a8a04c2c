package sallyport.rules.tools.pins_test

import data.sallyport.rules.tools.pins
import data.sallyport.testing

_digest := "sha256:aa"

test_first_use_accepts_every_definition if {
	count(pins.deny) == 0 with input as testing.allowed
	count(pins.hide) == 0 with input as testing.allowed
}

test_catalog_accepts_a_tool_whose_line_names_no_definition if {
	count(pins.deny) == 0 with input as _pinned("catalog", {"digest": _digest}, {"definition": null})
	count(pins.deny) == 0 with input as _pinned("catalog", {"digest": null}, {"definition": null})
}

test_catalog_accepts_the_definition_of_the_line if {
	count(pins.deny) == 0 with input as _pinned("catalog", {"digest": _digest}, {"definition": _digest})
}

test_catalog_denies_another_definition if {
	every digest in ["sha256:bb", "", null, 1] {
		_denied with input as _pinned("catalog", {"digest": digest}, {"definition": _digest})
	}
}

test_catalog_denies_a_line_whose_definition_is_no_text if {
	every definition in [1, true, [], {}] {
		_denied with input as _pinned("catalog", {"digest": definition}, {"definition": definition})
	}
}

test_catalog_denies_a_tool_without_a_line if {
	every known in [false, null, "true", 1] {
		_denied with input as _pinned("catalog", {"digest": _digest}, {"known": known, "definition": null})
		_denied with input as _pinned("catalog", {"digest": _digest}, {"known": known, "definition": _digest})
	}
}

test_catalog_denies_what_only_a_person_has_accepted if {
	_denied with input as _pinned("catalog", {"digest": "sha256:bb", "accepted": true}, {"definition": _digest})
}

test_accepted_wants_a_person if {
	count(pins.deny) == 0 with input as _pinned("accepted", {"accepted": true}, {})
	every value in [false, null, "true", 1, [], {}] {
		_denied with input as _pinned("accepted", {"accepted": value}, {})
	}
	_denied with input as _pinned("accepted", {"digest": _digest}, {"definition": _digest})
}

test_hides_what_it_denies if {
	testing.codes(pins.hide) == {"TOOL_NOT_PINNED"} with input as _pinned("accepted", {}, {})
}

test_denies_pins_that_are_not_known if {
	every value in ["", "First_use", null, true, ["first_use"]] {
		_denied with input as _pinned(value, {"accepted": true}, {})
	}
}

test_denies_when_the_facts_are_absent if {
	every pointer in [
		"/resource/properties/definition/pins",
		"/resource/properties/definition",
		"/resource/properties",
		"/resource",
	] {
		_denied with input as testing.without(testing.allowed, [pointer])
	}
	document := _pinned("catalog", {"digest": _digest}, {"definition": _digest})
	every pointer in ["/resource/properties/catalog/definition", "/resource/properties/catalog"] {
		_denied with input as testing.without(document, [pointer])
	}
}

test_other_targets_have_no_pins if {
	every type in ["server", "prompt", "resource", "resource_template"] {
		count(pins.deny) == 0 with input as testing.changed(_pinned("accepted", {}, {}), {"resource": {"type": type}})
	}
}

_pinned(mode, definition, catalog) := testing.changed(testing.allowed, {"resource": {"properties": {
	"definition": object.union(definition, {"pins": mode}),
	"catalog": catalog,
}}})

_denied if testing.codes(pins.deny) == {"TOOL_NOT_PINNED"}
