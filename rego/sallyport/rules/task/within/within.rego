package sallyport.rules.task.within

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.lib.task
import data.sallyport.reason

# METADATA
# title: The tool is not one of the task's
# description: >-
#   A call within a task is of a tool that the task names. `data.sallyport.task.rules.tools` says what is done instead.
# custom:
#   code: TASK_TOOL
#   severity: high
#   controls: [ASI02, ASI03]
#   owner: platform-security
_tool := reason.of(rego.metadata.chain())

# METADATA
# title: The call is aimed at something that the task does not name
# description: >-
#   Where a task names targets, the values at the catalog's `destination` and `target` pointers are among them. A tool
#   that is not in the catalog, or that has such pointers and is called with none of them, could be aimed at anything.
# custom:
#   code: TASK_TARGET
#   severity: high
#   controls: [ASI01, ASI02]
#   owner: platform-security
_target := reason.of(rego.metadata.chain())

# METADATA
# title: The task has no more calls
# description: Each call counts in its task and in every task that it is a part of.
# custom:
#   code: TASK_CALLS
#   severity: medium
#   controls: [ASI08]
#   owner: platform-security
_calls := reason.of(rego.metadata.chain())

# METADATA
# title: The call costs more than the task may still spend
# description: >-
#   What a call costs is in the catalog (`price`). A call whose arguments do not say it exactly costs more than any task
#   may spend.
# custom:
#   code: TASK_SPEND
#   severity: medium
#   controls: [ASI08]
#   owner: platform-security
_spend := reason.of(rego.metadata.chain())

_found contains ["tools", reason.saying(_tool, _id)] if "tools" in task.outside

_found contains ["targets", reason.saying(_target, _targets)] if "targets" in task.outside

_found contains ["limits", reason.saying(_calls, _of_task)] if "calls" in task.outside

_found contains ["limits", reason.saying(_spend, _units)] if "spend" in task.outside

deny contains task.denied(name, each) if some [name, each] in _found

hold contains task.held(name, each) if some [name, each] in _found

shadow contains task.shadowed(name, each) if some [name, each] in _found

# METADATA
# title: A tool outside the task is not shown
hide contains _tool if {
	not input.context.task == null
	not target.other_than_tool(input.resource.type)
	not _listed
}

_listed if input.resource.id in input.context.task.tools

_listed if concat("/", [input.resource.properties.server, "*"]) in input.context.task.tools

default _id := null

_id := input.resource.id

default _of_task := null

_of_task := input.context.task.id

default _targets := null

_targets := task.places.targets

default _units := null

_units := task.places.spend
