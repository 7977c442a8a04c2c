package sallyport.main_test

import future.keywords.not

import data.sallyport.main
import data.sallyport.testing

# Phase list.

test_shows_the_tools_that_a_role_may_use if {
	every tool in ["find_ticket", "read_customer", "post_update", "delete_customer"] {
		main.visible == {"visible": true} with input as _listed("crm", ["support"], tool)
	}
}

test_hides_other_tools if {
	every hidden in [
		_listed("crm", ["support"], "run_report"),
		_listed("crm", ["support"], "export_all"),
		_listed("crm", ["refunds"], "find_ticket"),
		_listed("payments", ["support"], "get_order"),
		_listed("payments", ["refunds"], "drop_tables"),
		_listed("payments", [], "get_order"),
	] {
		main.visible == {"visible": false} with input as hidden
	}
}

test_a_session_does_not_change_what_is_shown if {
	seen := testing.in_context(
		_listed("crm", ["support"], "post_update"),
		{"session": {"labels": ["read:private"]}, "time": {"weekday": "Sunday", "hour": 3}},
	)
	main.visible == {"visible": true} with input as seen
}

test_hides_a_tool_whose_definition_has_changed if {
	changed := testing.changed(
		_listed("crm", ["support"], "find_ticket"),
		{"resource": {"properties": {"definition": {"changed": true}}}},
	)
	main.visible == {"visible": false} with input as changed
}

test_shows_nothing_in_another_phase_or_contract if {
	listed := _listed("crm", ["support"], "find_ticket")
	every patch in [{"phase": "call"}, {"phase": null}, {"contract": 2}, {"contract": "1"}] {
		main.visible == {"visible": false} with input as testing.changed(listed, patch)
	}
	main.visible == {"visible": false} with input as {}
}

# Phase result.

test_passes_a_result_that_no_rule_is_about if {
	passed := {"effect": "pass", "reasons": [], "redactions": [], "labels": []}
	main.result == passed with input as _returned("read_customer")
}

test_labels_the_session_whatever_the_effect_is if {
	labelled := main.result with input as _returned("find_ticket")
		with data.sallyport.rules.results.mail.label as {"read:mail", "read:card"}
		with data.sallyport.rules.results.size.block as {_large}
	labelled.labels == ["read:card", "read:mail"]
	labelled.effect == "block"
}

test_redacts_what_rules_name if {
	redacted := main.result with input as _returned("find_ticket")
		with data.sallyport.rules.results.cards.redact as {{"pointer": "/b"}, {"detector": "card"}}
		with data.sallyport.tools as {"crm": {"find_ticket": {"redact": {{"pattern": "c+"}}}}}
	redacted == {
		"effect": "redact",
		"reasons": [],
		"redactions": [{"detector": "card"}, {"pattern": "c+"}, {"pointer": "/b"}],
		"labels": [],
	}
}

test_the_rules_of_another_tool_have_no_say if {
	passed := main.result with input as _returned("find_ticket")
		with data.sallyport.tools as {"crm": {"read_customer": {"block": {_large}}}}
	passed.effect == "pass"
}

test_a_block_overrides_redactions if {
	blocked := main.result with input as _returned("find_ticket")
		with data.sallyport.rules.results.cards.redact as {{"pointer": "/a"}}
		with data.sallyport.rules.results.size.block as {_large}
	blocked == {"effect": "block", "reasons": [_large], "redactions": [], "labels": []}
}

_large := {"code": "TOO_LARGE", "message": "m", "rule": "results/size", "severity": "low", "controls": []}

test_blocks_what_nobody_permits if {
	main.result.effect == "block" with input as _returned("run_report")
}

test_blocks_in_another_phase_or_contract if {
	every patch in [{"phase": "call"}, {"phase": null}, {"contract": 2}] {
		main.result.effect == "block" with input as testing.changed(_returned("find_ticket"), patch)
	}
	main.result == {"effect": "block", "reasons": [], "redactions": [], "labels": []} with input as {}
}

_listed(server, roles, tool) := testing.changed(
	testing.call("agent", roles, server, tool, {}),
	{"phase": "list", "action": {"name": "tools/list"}},
)

_returned(tool) := testing.changed(_support(tool, {}), {"phase": "result"})
