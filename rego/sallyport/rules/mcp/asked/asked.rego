package sallyport.rules.mcp.asked

import future.keywords.not

import data.sallyport.lib.asked
import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The MCP server may ask this of its callers
# description: >-
#   Requests of a server to the agent that calls it: a form or a page for the person (elicitation), an answer of the
#   agent's model (sampling), the folders that it works on (roots). `data.sallyport.server_requests` says which server
#   may ask for which, and during which of its tools.
# custom:
#   code: SERVER_MAY_ASK
#   severity: low
#   controls: [ASI01, ASI07]
#   owner: platform-security
_server_may_ask := reason.of(rego.metadata.chain())

permit contains reason.saying(_server_may_ask, concat(" ", [server, "may ask for", asked.kind])) if {
	target.identified(input.subject.id)
	input.action.properties.protocol == "mcp"
	asked.line[asked.kind] == true
	_during
	server := input.resource.properties.server
}

_during if not asked.line.tools

_during if asked.line.tools[input.resource.properties.tool] == true
