package sallyport.rules.mcp.lifecycle_test

import data.sallyport.rules.mcp.lifecycle
import data.sallyport.testing

test_permits_what_a_client_needs_before_it_can_call if {
	every method in [
		"initialize",
		"ping",
		"server/discover",
		"tools/list",
		"transport/stream",
		"transport/close",
		"response",
		"notifications/initialized",
		"notifications/cancelled",
	] {
		testing.codes(lifecycle.permit) == {"PROTOCOL_MESSAGE"} with input as _message(method)
	}
}

test_roles_do_not_matter if {
	count(lifecycle.permit) == 1 with input as testing.message("anybody", [], "crm", "ping")
}

test_does_not_permit_what_reads_or_runs if {
	every method in [
		"tools/call",
		"prompts/get",
		"prompts/list",
		"resources/read",
		"resources/subscribe",
		"completion/complete",
		"logging/setLevel",
		"tasks/get",
	] {
		count(lifecycle.permit) == 0 with input as _message(method)
	}
}

test_does_not_permit_a_method_that_only_looks_alike if {
	every method in ["Initialize", "ping ", "notifications", "x/notifications/initialized", ""] {
		count(lifecycle.permit) == 0 with input as _message(method)
	}
}

test_does_not_permit_a_method_of_another_type if {
	every method in [null, true, 1, ["ping"], {"ping": true}] {
		count(lifecycle.permit) == 0 with input as _message(method)
	}
}

test_does_not_permit_a_caller_without_an_id if {
	every id in ["", null, 1, ["bot"]] {
		count(lifecycle.permit) == 0 with input as testing.changed(_message("ping"), {"subject": {"id": id}})
	}
}

test_is_about_whole_servers_only if {
	every type in ["tool", "prompt", "resource", "", null] {
		count(lifecycle.permit) == 0 with input as testing.changed(_message("ping"), {"resource": {"type": type}})
	}
}

test_is_about_mcp_only if {
	every protocol in ["http", "MCP", "", null] {
		patch := {"action": {"properties": {"protocol": protocol}}}
		count(lifecycle.permit) == 0 with input as testing.changed(_message("ping"), patch)
	}
}

test_absent_attributes_permit_nothing if {
	every pointer in ["/subject/id", "/subject", "/action/name", "/action/properties/protocol", "/resource/type"] {
		count(lifecycle.permit) == 0 with input as testing.without(_message("ping"), [pointer])
	}
}

_message(method) := testing.message("support-bot", ["support"], "crm", method)
