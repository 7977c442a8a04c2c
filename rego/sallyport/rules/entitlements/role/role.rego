package sallyport.rules.entitlements.role

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: A role of the caller is entitled to the tool
# description: Static RBAC. `data.sallyport.entitlements[role][server].tools` names the tool, or "*" for all of the server.
# custom:
#   code: ENTITLED_TOOL
#   severity: low
#   controls: [ASI03]
#   owner: platform-security
permit contains reason.saying(rego.metadata.chain(), $"{role} may use {server}/{tool}") if {
	target.identified(input.subject.id)
	input.resource.type == "tool"
	server := input.resource.properties.server
	tool := input.resource.properties.tool
	is_array(input.subject.properties.roles)
	some role in input.subject.properties.roles
	some named in {tool, "*"}
	data.sallyport.entitlements[role][server].tools[named] == true
}

# METADATA
# title: A role of the caller is entitled to the protocol method
# description: The same for MCP methods such as prompts/get, in `data.sallyport.entitlements[role][server].methods`.
# custom:
#   code: ENTITLED_METHOD
#   severity: low
#   controls: [ASI03]
#   owner: platform-security
permit contains reason.saying(rego.metadata.chain(), $"{role} may send {method} to {server}") if {
	target.identified(input.subject.id)
	target.other_than_tool(input.resource.type)
	server := input.resource.properties.server
	method := input.action.name
	is_array(input.subject.properties.roles)
	some role in input.subject.properties.roles
	data.sallyport.entitlements[role][server].methods[method] == true
}
