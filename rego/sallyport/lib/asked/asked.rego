# METADATA
# title: What MCP servers ask
# description: >-
#   Requests of a server to the agent that calls it: `input.resource.type` is their kind, `input.context.arguments` are
#   their params, and `input.resource.properties.tool` is the tool whose call they belong to, where that is known.
package sallyport.lib.asked

_kinds := {"sampling", "elicitation", "roots"}

# METADATA
# description: The kind of the request. Undefined for everything that is no request of a server.
kind := input.resource.type if input.resource.type in _kinds

# METADATA
# description: >-
#   What `data.sallyport.server_requests` says of the server: its own line, else the one of all others. Undefined when
#   there is neither.
# scope: document
line := data.sallyport.server_requests[input.resource.properties.server] if {
	data.sallyport.server_requests[input.resource.properties.server]
} else := data.sallyport.server_requests["*"]
