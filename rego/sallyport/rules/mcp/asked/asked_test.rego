package sallyport.rules.mcp.asked_test

import data.sallyport.main
import data.sallyport.rules.mcp.asked
import data.sallyport.testing

test_permits_what_the_line_of_the_server_names if {
	every kind in ["sampling", "elicitation", "roots"] {
		_codes({"crm": {kind: true}}, testing.asking("crm", "find_ticket", kind, {})) == {"SERVER_MAY_ASK"}
	}
}

test_the_data_of_the_library_lets_every_server_ask if {
	every kind in ["sampling", "elicitation", "roots"] {
		main.decision.effect == "allow" with input as testing.asking("any", null, kind, {"requestedSchema": {}})
	}
}

test_permits_nothing_that_the_line_does_not_grant if {
	every line in [{}, {"roots": true}, {"sampling": false}, {"sampling": "true"}, {"sampling": 1}] {
		_codes({"*": {"sampling": true}, "crm": line}, testing.asking("crm", null, "sampling", {})) == set()
	}
	_codes({}, testing.asking("crm", null, "sampling", {})) == set()
}

test_a_line_may_be_for_some_tools_alone if {
	lines := {"crm": {"elicitation": true, "tools": {"find_ticket": true, "post_update": false}}}
	_codes(lines, testing.asking("crm", "find_ticket", "elicitation", {})) == {"SERVER_MAY_ASK"}
	every tool in ["post_update", "read_customer", null] {
		_codes(lines, testing.asking("crm", tool, "elicitation", {})) == set()
	}
}

test_is_about_requests_of_servers_only if {
	every type in ["tool", "prompt", "resource", "server", "task", "", null] {
		request := testing.changed(testing.asking("crm", null, "roots", {}), {"resource": {"type": type}})
		_codes({"crm": {"roots": true, type: true}}, request) == set()
	}
}

test_does_not_permit_a_caller_without_an_id if {
	every id in ["", null, 1] {
		request := testing.changed(testing.asking("crm", null, "roots", {}), {"subject": {"id": id}})
		_codes({"crm": {"roots": true}}, request) == set()
	}
}

_codes(lines, request) := codes if {
	codes := testing.codes(asked.permit) with input as request with data.sallyport.server_requests as lines
}
