package sallyport.rules.mcp.own_tasks

import data.sallyport.lib.target
import data.sallyport.reason

# Tasks of a tool server are reached through these too, but as messages to that server: those need an entitlement.
# https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
_questions := {"tasks/get", "tasks/result", "tasks/list", "tasks/update", "tasks/cancel"}

# METADATA
# title: An identified caller asks about its own task at the gateway
# description: >-
#   The gateway made the task when it held a call, shows it only to that caller, and answers itself. When the
#   question makes the gateway execute the call, that call is judged on its own.
# custom:
#   code: OWN_TASK
#   severity: low
#   controls: [ASI03]
#   owner: platform-security
_own_task := reason.of(rego.metadata.chain())

permit contains _own_task if {
	target.identified(input.subject.id)
	input.action.properties.protocol == "mcp"
	input.resource.type == "task"
	input.action.name in _questions
}
