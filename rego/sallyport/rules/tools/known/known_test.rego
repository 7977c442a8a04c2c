package sallyport.rules.tools.known_test

import data.sallyport.rules.tools.known
import data.sallyport.testing

test_accepts_a_tool_of_the_catalog if {
	count(known.deny) == 0 with input as testing.allowed
	count(known.hide) == 0 with input as testing.allowed
}

test_denies_a_tool_outside_the_catalog if {
	_denied with input as testing.call("refund-bot", ["refunds"], "payments", "drop_tables", {})
}

test_hides_a_tool_outside_the_catalog if {
	testing.codes(known.hide) == {"TOOL_UNKNOWN"} with input as _known(false)
}

test_only_the_value_true_is_known if {
	every value in [false, null, "true", "", 1, 0, [], {}] {
		_denied with input as _known(value)
	}
}

test_denies_when_the_catalog_is_absent_or_empty if {
	every pointer in ["/resource/properties/catalog/known", "/resource/properties/catalog", "/resource/properties"] {
		_denied with input as testing.without(testing.allowed, [pointer])
	}
}

test_other_targets_need_no_catalog if {
	every type in ["server", "prompt", "resource"] {
		count(known.deny) == 0 with input as testing.changed(_known(false), {"resource": {"type": type}})
	}
}

test_a_type_that_is_not_known_counts_as_a_tool if {
	every type in ["", "Server", "servers", null, 1, ["server"]] {
		_denied with input as testing.changed(_known(false), {"resource": {"type": type}})
	}
	_denied with input as testing.without(_known(false), ["/resource/type"])
	_denied with input as {}
}

_known(value) := testing.catalogued(testing.allowed, "known", value)

_denied if testing.codes(known.deny) == {"TOOL_UNKNOWN"}

test_says_which_tool_is_missing if {
	missing := testing.call("refund-bot", ["refunds"], "payments", "drop_tables", {})
	_messages == {"The tool is not in the catalog: payments/drop_tables"} with input as missing
}

test_denies_without_a_name_too if {
	every id in [null, 1, {}] {
		nameless := testing.changed(_known(false), {"resource": {"id": id}})
		_messages == {"The tool is not in the catalog"} with input as nameless
	}
}

_messages contains reason.message if some reason in known.deny

test_names_the_rule_and_its_controls if {
	some reason in known.deny with input as _known(false)
	reason.rule == "tools/known"
	reason.controls == ["ASI02", "ASI04"]
}
