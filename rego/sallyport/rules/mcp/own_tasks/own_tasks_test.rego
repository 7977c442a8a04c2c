package sallyport.rules.mcp.own_tasks_test

import data.sallyport.main
import data.sallyport.rules.mcp.own_tasks
import data.sallyport.testing

test_permits_questions_about_tasks_of_the_gateway if {
	every method in ["tasks/get", "tasks/result", "tasks/list", "tasks/update", "tasks/cancel"] {
		testing.codes(own_tasks.permit) == {"OWN_TASK"} with input as _question(method)
	}
}

test_nothing_speaks_against_them if {
	main.decision.effect == "allow" with input as _question("tasks/get")
}

test_does_not_permit_tasks_of_the_tool_server if {
	every type in ["server", "tool", "prompt", "resource", "", null] {
		patch := {"resource": {"type": type}}
		count(own_tasks.permit) == 0 with input as testing.changed(_question("tasks/get"), patch)
	}
}

test_does_not_permit_anything_else_about_them if {
	every method in ["tools/call", "tasks/delete", "tasks/", "Tasks/get", "", null, ["tasks/get"]] {
		count(own_tasks.permit) == 0 with input as _question(method)
	}
}

test_does_not_permit_a_caller_without_an_id if {
	every id in ["", null, 1] {
		patch := {"subject": {"id": id}}
		count(own_tasks.permit) == 0 with input as testing.changed(_question("tasks/get"), patch)
	}
}

test_is_about_mcp_only if {
	every protocol in ["http", "MCP", "", null] {
		patch := {"action": {"properties": {"protocol": protocol}}}
		count(own_tasks.permit) == 0 with input as testing.changed(_question("tasks/get"), patch)
	}
}

test_absent_attributes_permit_nothing if {
	every pointer in ["/subject/id", "/subject", "/action/name", "/action/properties/protocol", "/resource/type"] {
		count(own_tasks.permit) == 0 with input as testing.without(_question("tasks/get"), [pointer])
	}
}

_question(method) := testing.changed(testing.message("support-bot", ["support"], "crm", "tasks/get"), {
	"action": {"name": method},
	"resource": {"type": "task", "id": "crm/sallyport-t_1"},
})
