package sallyport.rules.task.purpose

import future.keywords.not

import data.sallyport.lib.task
import data.sallyport.reason

# METADATA
# title: The declared purpose is not the task's
# description: >-
#   An agent that says what it does now (in its token, or in the header of its call) and says something else than its
#   task is asked about. An agent that declares nothing is not: its tools and targets are judged anyway. Letter case and
#   blanks do not count. `data.sallyport.task.rules.purpose` says what is done instead.
# custom:
#   code: TASK_PURPOSE
#   severity: medium
#   controls: [ASI01]
#   owner: platform-security
_purpose := reason.of(rego.metadata.chain())

_found contains reason.saying(_purpose, _who) if {
	not input.context.task == null
	not _same
}

_same if input.context.intent.purpose == null

_same if _folded(input.context.intent.purpose) == _folded(input.context.task.purpose)

_folded(text) := lower(concat(" ", [word | some word in split(text, " "); word != ""]))

default _who := null

_who := concat(" ", ["declared in the", input.context.intent.declared_by])

hold contains task.held("purpose", each) if some each in _found

deny contains task.denied("purpose", each) if some each in _found

shadow contains task.shadowed("purpose", each) if some each in _found
