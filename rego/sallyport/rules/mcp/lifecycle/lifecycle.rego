package sallyport.rules.mcp.lifecycle

import data.sallyport.lib.target
import data.sallyport.reason

# What a client needs before it can call anything. Everything else needs an entitlement.
# https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle
_messages := {
	"initialize", "ping", "server/discover",
	"tools/list", # its answer is filtered tool by tool
	"transport/stream", "transport/close", # GET and DELETE of Streamable HTTP
	"response", # the client's answer to a request of the server
}

# METADATA
# title: Protocol traffic of an identified caller
# description: Handshake, liveness, notifications and the list of tools, sent to an MCP server as a whole.
# custom:
#   code: PROTOCOL_MESSAGE
#   severity: low
#   controls: [ASI03]
#   owner: platform-security
_protocol_message := reason.of(rego.metadata.chain())

permit contains _protocol_message if {
	target.identified(input.subject.id)
	input.action.properties.protocol == "mcp"
	input.resource.type == "server"
	_lifecycle(input.action.name)
}

_lifecycle(method) if method in _messages

_lifecycle(method) if startswith(method, "notifications/")
