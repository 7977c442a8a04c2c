package sallyport.rules.entitlements.role

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: A role of the caller is entitled to the tool
# description: >-
#   Static RBAC. `data.sallyport.entitlements[role][server].tools` names the tool, or "*" for all of the server.
# custom:
#   code: ENTITLED_TOOL
#   severity: low
#   controls: [ASI03]
#   owner: platform-security
_entitled_tool := reason.of(rego.metadata.chain())

# METADATA
# title: A role of the caller is entitled to the protocol method
# description: The same for MCP methods such as prompts/get, in `data.sallyport.entitlements[role][server].methods`.
# custom:
#   code: ENTITLED_METHOD
#   severity: low
#   controls: [ASI03]
#   owner: platform-security
_entitled_method := reason.of(rego.metadata.chain())

permit contains reason.saying(_entitled_tool, concat(" ", [role, "may use", tool, "of", server])) if {
	target.identified(input.subject.id)
	input.resource.type == "tool"
	input.action.name in {"tools/call", "tools/list"}
	is_array(input.subject.properties.roles)
	server := input.resource.properties.server
	tool := input.resource.properties.tool
	some role in input.subject.properties.roles
	_named(data.sallyport.entitlements[role][server].tools, tool)
}

permit contains reason.saying(_entitled_method, concat(" ", [role, "may send", _method, "to", server])) if {
	target.identified(input.subject.id)
	target.other_than_tool(input.resource.type)
	is_array(input.subject.properties.roles)
	server := input.resource.properties.server
	some role in input.subject.properties.roles
	data.sallyport.entitlements[role][server].methods[_method] == true
}

# An item of a list is shown to whoever may ask for it.
_used_by := {"prompt": "prompts/get", "resource": "resources/read", "resource_template": "resources/read"}

_method := input.action.name if not _is_item

_method := _used_by[input.resource.type] if _is_item

_is_item if {
	input.phase == "list"
	_used_by[input.resource.type]
}

_named(tools, tool) if tools[tool] == true

_named(tools, _) if tools["*"] == true
