package sallyport.rules.labels.read_test

import data.sallyport.rules.labels.read
import data.sallyport.testing

test_labels_the_session_with_what_the_tool_touches if {
	read.oblige == {{"type": "label_session", "labels": ["read:private"]}} with input as _labelled(["read:private"])
}

test_sorts_labels_and_drops_doubles if {
	read.oblige == {{"type": "label_session", "labels": ["a", "b"]}} with input as _labelled(["b", "a", "b"])
}

test_a_tool_that_touches_nothing_obliges_nothing if {
	count(read.oblige) == 0 with input as _labelled([])
	count(read.deny) == 0 with input as _labelled([])
}

test_accepts_known_labels if {
	count(read.deny) == 0 with input as _labelled(["read:private"])
}

test_the_demo_tools_carry_their_labels if {
	customer := testing.call("support-bot", ["support"], "crm", "read_customer", {})
	read.oblige == {{"type": "label_session", "labels": ["read:private"]}} with input as customer
}

test_denies_labels_of_another_type if {
	every labels in [null, "", "read:private", true, 0, {}, {"read:private": true}] {
		_denied with input as _labelled(labels)
	}
}

test_denies_a_label_of_another_type if {
	every label in [null, true, 1, [], {}] {
		_denied with input as _labelled(["read:private", label])
	}
}

test_denies_when_labels_are_absent if {
	every pointer in [
		"/resource/properties/catalog/labels",
		"/resource/properties/catalog",
		"/resource/properties",
		"/resource",
	] {
		_denied with input as testing.without(testing.allowed, [pointer])
	}
}

test_other_targets_need_no_labels if {
	every type in ["server", "prompt", "resource"] {
		count(read.deny) == 0 with input as testing.changed(_labelled(null), {"resource": {"type": type}})
	}
}

test_a_type_that_is_not_known_counts_as_a_tool if {
	every type in ["", "Server", null, 1] {
		_denied with input as testing.changed(_labelled(null), {"resource": {"type": type}})
	}
}

_labelled(labels) := testing.catalogued(testing.allowed, "labels", labels)

_denied if testing.codes(read.deny) == {"LABELS_UNKNOWN"}

test_an_unknown_tool_is_labelled_with_nothing if {
	count(read.oblige) == 0 with input as testing.call("support-bot", ["support"], "crm", "export_all", {})
}

test_names_the_rule_and_its_controls if {
	some reason in read.deny with input as _labelled(null)
	reason.rule == "labels/read"
	reason.controls == ["ASI01"]
	reason.severity == "high"
}

test_labels_what_the_catalog_says_even_of_other_targets if {
	prompt := testing.changed(_labelled(["read:private"]), {"resource": {"type": "prompt"}})
	read.oblige == {{"type": "label_session", "labels": ["read:private"]}} with input as prompt
}
