package sallyport.rules.entitlements.role_test

import data.sallyport.rules.entitlements.role
import data.sallyport.testing

_entitled := {"refunds": {"payments": {"tools": {"get_order": true}, "methods": {"prompts/get": true}}}}

_get_order := testing.allowed

_prompt := testing.changed(
	testing.message("refund-bot", ["refunds"], "payments", "prompts/get"),
	{"resource": {"type": "prompt"}},
)

test_permits_a_tool_that_a_role_names if {
	testing.codes(role.permit) == {"ENTITLED_TOOL"} with input as _get_order
		with data.sallyport.entitlements as _entitled
}

test_permits_every_tool_of_a_server_by_wildcard if {
	count(role.permit) == 1 with input as _get_order
		with data.sallyport.entitlements as {"refunds": {"payments": {"tools": {"*": true}}}}
}

test_names_the_role_and_the_tool if {
	some reason in role.permit with input as _get_order
		with data.sallyport.entitlements as _entitled
	endswith(reason.message, ": refunds may use get_order of payments")
	reason.rule == "entitlements/role"
}

test_permits_a_method_that_a_role_names if {
	testing.codes(role.permit) == {"ENTITLED_METHOD"} with input as _prompt
		with data.sallyport.entitlements as _entitled
}

test_a_wildcard_for_tools_covers_no_method if {
	count(role.permit) == 0 with input as _prompt
		with data.sallyport.entitlements as {"refunds": {"payments": {"tools": {"*": true}, "methods": {"*": true}}}}
}

test_a_tool_named_like_a_method_needs_its_own_entitlement if {
	count(role.permit) == 0 with input as testing.call("refund-bot", ["refunds"], "payments", "prompts/get", {})
		with data.sallyport.entitlements as _entitled
}

test_does_not_permit_another_tool_or_server if {
	every target in [["payments", "rotate_keys"], ["crm", "get_order"], ["payments", ""], ["", "get_order"]] {
		count(role.permit) == 0 with input as testing.call("refund-bot", ["refunds"], target[0], target[1], {})
			with data.sallyport.entitlements as _entitled
	}
}

test_shows_an_item_of_a_list_to_whoever_may_ask_for_it if {
	every method, kinds in {"prompts/get": ["prompt"], "resources/read": ["resource", "resource_template"]} {
		entitled := {"refunds": {"payments": {"methods": {method: true}}}}
		every kind in kinds {
			count(role.permit) == 1 with input as _item(kind) with data.sallyport.entitlements as entitled
		}
	}
	every kind in ["prompt", "resource", "resource_template"] {
		only_lists := {"refunds": {"payments": {"methods": {"prompts/list": true, "resources/list": true}}}}
		count(role.permit) == 0 with input as _item(kind) with data.sallyport.entitlements as only_lists
	}
}

test_the_phase_list_is_about_items_alone if {
	count(role.permit) == 0 with input as testing.changed(_prompt, {"action": {"name": "prompts/list"}})
		with data.sallyport.entitlements as _entitled
}

_item(kind) := testing.changed(
	testing.asked("refund-bot", ["refunds"], kind, "payments", "report"),
	{"phase": "list", "action": {"name": "any/list"}},
)

test_does_not_permit_another_method if {
	every method in ["prompts/list", "resources/read", "", "*"] {
		count(role.permit) == 0 with input as testing.changed(_prompt, {"action": {"name": method}})
			with data.sallyport.entitlements as _entitled
	}
}

test_a_method_of_another_server_is_not_permitted if {
	count(role.permit) == 0 with input as testing.changed(_prompt, {"resource": {"properties": {"server": "crm"}}})
		with data.sallyport.entitlements as _entitled
}

test_does_not_permit_without_a_fitting_role if {
	every roles in [[], ["support"], ["REFUNDS"], [""], [null], [["refunds"]]] {
		_nothing_permitted({"subject": {"properties": {"roles": roles}}})
	}
}

test_roles_of_another_type_permit_nothing if {
	every roles in ["refunds", null, true, 1, {"refunds": true}, {"role": "refunds"}] {
		_nothing_permitted({"subject": {"properties": {"roles": roles}}})
	}
}

test_a_caller_without_an_id_is_permitted_nothing if {
	every id in ["", null, 1, true, ["refund-bot"]] {
		_nothing_permitted({"subject": {"id": id}})
	}
}

test_a_type_that_is_not_known_is_permitted_nothing if {
	every type in ["", "Tool", "tools", null, 1] {
		_nothing_permitted({"resource": {"type": type}})
	}
}

test_a_tool_is_permitted_to_be_called_and_listed_only if {
	every name in ["tools/delete", "", "tools/call ", null, 1, ["tools/call"]] {
		count(role.permit) == 0 with input as testing.changed(_get_order, {"action": {"name": name}})
			with data.sallyport.entitlements as _entitled
	}
	count(role.permit) == 1 with input as testing.changed(_get_order, {"action": {"name": "tools/list"}})
		with data.sallyport.entitlements as _entitled
}

test_absent_attributes_permit_nothing if {
	every pointer in [
		"/subject",
		"/subject/id",
		"/subject/properties/roles",
		"/resource/type",
		"/action/name",
		"/resource/properties/server",
		"/resource/properties/tool",
	] {
		count(role.permit) == 0 with input as testing.without(_get_order, [pointer])
			with data.sallyport.entitlements as _entitled
	}
}

test_only_the_value_true_grants if {
	every value in [false, null, "true", 1, {}, []] {
		count(role.permit) == 0 with input as _get_order
			with data.sallyport.entitlements as {"refunds": {"payments": {"tools": {"get_order": value}}}}
		count(role.permit) == 0 with input as _prompt
			with data.sallyport.entitlements as {"refunds": {"payments": {"methods": {"prompts/get": value}}}}
	}
}

test_without_entitlements_nothing_is_permitted if {
	count(role.permit) == 0 with input as _get_order
		with data.sallyport.entitlements as {}
}

_nothing_permitted(patch) if {
	count(role.permit) == 0 with input as testing.changed(_get_order, patch)
		with data.sallyport.entitlements as _entitled
	count(role.permit) == 0 with input as testing.changed(_prompt, patch)
		with data.sallyport.entitlements as _entitled
}
