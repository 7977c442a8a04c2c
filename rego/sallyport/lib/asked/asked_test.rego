package sallyport.lib.asked_test

import future.keywords.not

import data.sallyport.lib.asked
import data.sallyport.testing

test_the_kind_is_the_type_of_the_resource if {
	every kind in ["sampling", "elicitation", "roots"] {
		asked.kind == kind with input as testing.asking("crm", null, kind, {})
	}
}

test_calls_and_messages_have_no_kind if {
	every type in ["tool", "prompt", "resource", "server", "task", "", null, ["roots"]] {
		request := testing.changed(testing.asking("crm", null, "roots", {}), {"resource": {"type": type}})
		not asked.kind with input as request
	}
}

test_a_server_has_its_own_line_or_that_of_all_others if {
	lines := {"*": {"roots": true}, "crm": {"sampling": true}}
	asked.line == {"sampling": true} with input as testing.asking("crm", null, "roots", {})
		with data.sallyport.server_requests as lines
	asked.line == {"roots": true} with input as testing.asking("erp", null, "roots", {})
		with data.sallyport.server_requests as lines
	not asked.line with input as testing.asking("erp", null, "roots", {})
		with data.sallyport.server_requests as {}
}
