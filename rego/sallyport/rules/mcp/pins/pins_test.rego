package sallyport.rules.mcp.pins_test

import data.sallyport.rules.mcp.pins
import data.sallyport.testing

_digest := "sha256:aa"

_line := {"known": true, "definition": _digest}

_kinds := {"prompt", "resource", "resource_template"}

test_first_use_accepts_every_definition if {
	every kind in _kinds {
		count(pins.deny) == 0 with input as _pinned(kind, "first_use", {}, {})
		count(pins.hide) == 0 with input as _pinned(kind, "first_use", {}, {})
	}
}

test_catalog_wants_a_line_and_its_definition if {
	every kind in _kinds {
		count(pins.deny) == 0 with input as _pinned(kind, "catalog", {"digest": _digest}, _line)
		count(pins.deny) == 0 with input as _pinned(kind, "catalog", {"digest": _digest}, {"known": true})
		_denied with input as _pinned(kind, "catalog", {"digest": _digest}, {})
		_denied with input as _pinned(kind, "catalog", {"digest": "sha256:bb"}, _line)
		_denied with input as _pinned(kind, "catalog", {}, _line)
	}
}

test_accepted_wants_a_person if {
	every kind in _kinds {
		count(pins.deny) == 0 with input as _pinned(kind, "accepted", {"accepted": true}, {})
		_denied with input as _pinned(kind, "accepted", {"digest": _digest}, _line)
		testing.codes(pins.hide) == {"DEFINITION_NOT_PINNED"} with input as _pinned(kind, "accepted", {}, {})
	}
}

test_denies_pins_that_are_not_known_or_absent if {
	every value in ["", "First_use", null, true] {
		_denied with input as _pinned("prompt", value, {"accepted": true}, {})
	}
	_denied with input as testing.without(_pinned("prompt", "first_use", {}, {}), ["/resource/properties/definition"])
}

test_tools_and_servers_are_for_other_rules if {
	every type in ["tool", "server", "task"] {
		document := testing.changed(_pinned("prompt", "accepted", {}, {}), {"resource": {"type": type}})
		count(pins.deny) == 0 with input as document
	}
}

_pinned(kind, mode, definition, catalog) := testing.changed(
	testing.asked("support-bot", ["support"], kind, "crm", "report"),
	{"resource": {"properties": {"definition": object.union(definition, {"pins": mode}), "catalog": catalog}}},
)

_denied if testing.codes(pins.deny) == {"DEFINITION_NOT_PINNED"}
