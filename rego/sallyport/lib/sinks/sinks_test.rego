package sallyport.lib.sinks_test

import future.keywords.not

import data.sallyport.lib.sinks
import data.sallyport.testing

test_internal_tools_tools_without_a_sink_and_other_targets_keep_things_inside if {
	_inside with input as _sink("internal")
	_inside with input as _sink("none")
	every type in ["server", "prompt", "resource", "task"] {
		_inside with input as testing.changed(_sink(null), {"resource": {"type": type}})
	}
}

test_an_unknown_sink_counts_as_external if {
	every sink in ["external", null, "", "Internal", true, 0, ["internal"], {"internal": true}] {
		not _inside with input as _sink(sink)
	}
	not _inside with input as testing.without(_sink("internal"), ["/resource/properties/catalog"])
}

test_an_external_sink_is_external_without_conditions if {
	every conditions in [[], null, "", {}, "/to"] {
		not _inside with input as testing.catalogued(_mail([_to(true)]), "external_if", conditions)
	}
}

test_an_external_sink_is_internal_when_every_value_of_its_conditions_is_inside if {
	_inside with input as _mail([_to(true)])
	_inside with input as _mail([_to(true), _cc(true)])
	not _inside with input as _mail([_to(true), _cc(false)])
	not _inside with input as _mail([_to(false)])
}

test_values_elsewhere_do_not_count if {
	_inside with input as _mail([_to(true), testing.value("/body", "address", "email", "never")])
	_inside with input as _mail([_to(true), testing.value("/topic", "value", "text", "never")])
	_inside with input as _mail([])
}

test_what_is_inside_is_true_and_nothing_else if {
	every inside in [false, null, "true", 1, []] {
		not _inside with input as _mail([testing.changed(_to(true), {"inside": inside})])
	}
	not _inside with input as testing.without(_mail([_to(true)]), ["/context/provenance/0/inside"])
}

test_values_that_were_not_looked_at_count_as_outside if {
	not _inside with input as _mail([_to(true), testing.value("", "destination", "text", "never")])
	not _inside with input as testing.in_context(_mail([_to(true)]), {"arguments_omitted": true})
	every facts in [null, "", {}, [null], ["/to"], [{"inside": true}], [{"pointer": 1, "inside": true}]] {
		not _inside with input as testing.in_context(_mail([]), {"provenance": facts})
	}
}

_sink(sink) := testing.catalogued(testing.allowed, "sink", sink)

_mail(provenance) := testing.in_context(
	testing.catalogued(_sink("external"), "external_if", ["/to", "/cc"]),
	{"provenance": provenance},
)

_to(inside) := testing.changed(testing.value("/to", "destination", "email", "never"), {"inside": inside})

_cc(inside) := testing.changed(testing.value("/cc/1", "destination", "email", "never"), {"inside": inside})

_inside if sinks.stays_inside
