package sallyport.rules.time.window_test

import data.sallyport.rules.time.window
import data.sallyport.testing

_rotate_keys := testing.call("refund-bot", ["refunds"], "payments", "rotate_keys", {})

test_accepts_working_hours if {
	every weekday in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"] {
		every hour in [8, 12, 17] {
			count(window.deny) == 0 with input as _at(weekday, hour)
		}
	}
}

test_denies_before_and_after_hours if {
	every hour in [0, 7, 7.99, 18, 23, 24, -8] {
		_denied with input as _at("Tuesday", hour)
	}
}

test_denies_weekends if {
	every weekday in ["Saturday", "Sunday"] {
		_denied with input as _at(weekday, 12)
	}
}

test_denies_a_weekday_that_is_none if {
	every weekday in ["", "monday", "Mon", null, 1, true, ["Monday"]] {
		_denied with input as _at(weekday, 12)
	}
}

test_denies_an_hour_of_another_type if {
	every hour in ["12", "", null, true, [12], {"hour": 12}] {
		_denied with input as _at("Tuesday", hour)
	}
}

test_denies_another_zone if {
	every zone in ["CET", "", "utc", null, 0] {
		_denied with input as testing.in_context(_rotate_keys, {"time": {"zone": zone}})
	}
}

test_denies_when_the_time_is_absent if {
	every pointer in ["/context/time/hour", "/context/time/weekday", "/context/time/zone", "/context/time", "/context"] {
		_denied with input as testing.without(_rotate_keys, [pointer])
	}
}

test_a_tool_without_hours_runs_at_any_time if {
	every facts in [{}, {"tier": 1}, {"hours": "any"}] {
		count(window.deny) == 0 with input as _with_facts(facts)
	}
	every sensitivity in ["low", "medium", "high", null] {
		count(window.deny) == 0 with input as testing.catalogued(_with_facts({}), "sensitivity", sensitivity)
	}
}

test_hours_of_any_other_word_are_office_hours if {
	every hours in ["office", "", "Any", null, false, 24, []] {
		_denied with input as _with_facts({"hours": hours})
	}
}

test_facts_that_are_absent_or_misshapen_count_as_office_hours if {
	every facts in [null, "", [], true] {
		_denied with input as _with_facts(facts)
	}
	_denied with input as testing.without(_at("Sunday", 3), ["/resource/properties/catalog/facts"])
	_denied with input as testing.without(_at("Sunday", 3), ["/resource/properties/catalog"])
}

test_other_targets_have_no_hours if {
	every type in ["server", "prompt", "resource"] {
		count(window.deny) == 0 with input as testing.changed(_at("Sunday", 3), {"resource": {"type": type}})
	}
}

test_a_type_that_is_not_known_counts_as_a_tool if {
	every type in ["", "Server", null, 1] {
		_denied with input as testing.changed(_at("Sunday", 3), {"resource": {"type": type}})
	}
}

_with_facts(facts) := testing.changed(
	testing.without(_at("Sunday", 3), ["/resource/properties/catalog/facts"]),
	{"resource": {"properties": {"catalog": {"facts": facts}}}},
)

_at(weekday, hour) := testing.in_context(_rotate_keys, {"time": {"weekday": weekday, "hour": hour}})

_denied if testing.codes(window.deny) == {"OUTSIDE_HOURS"}
