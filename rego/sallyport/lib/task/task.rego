# METADATA
# title: Calls within a task
# description: >-
#   What the rules below `rules/task/` share: what of a call its task does not give, and what a finding does
#   (`data.sallyport.task.rules`: deny, hold, shadow or off). The gateway says what lies outside
#   (`input.context.task.outside`) and refuses calls of a task that has ended; here it is judged.
# custom:
#   optional: [data.sallyport.task.rules]
package sallyport.lib.task

import future.keywords.not

import data.sallyport.lib.ask
import data.sallyport.reason

_dimensions := {"tools", "targets", "calls", "spend"}

# METADATA
# description: Where the task of this call does not give it, by dimension. A fact that cannot be read gives nothing.
# scope: document
outside contains dimension if {
	not input.context.task == null
	some dimension in _dimensions
	not _readable
}

outside contains each.dimension if some each in input.context.task.outside

_readable if {
	is_array(input.context.task.outside)
	every each in input.context.task.outside {
		each.dimension in _dimensions
	}
}

# METADATA
# description: What the outside entries are about, by dimension, as text; pointers of arguments, and units.
places[dimension] := concat(", ", sort(named)) if {
	some dimension in _dimensions
	named := {each.at |
		some each in input.context.task.outside
		each.dimension == dimension
		is_string(each.at)
		each.at != ""
	}
	count(named) > 0
}

# METADATA
# description: >-
#   The requirement of a hold by one of these rules. The condition stands here, so that the arguments are read for no
#   other call.
# scope: document
default requirement := {}

requirement := ask.requirement if input.context.task.state == "open"

# METADATA
# description: The hold of a finding, where the rule of this name holds and somebody can be asked.
held(name, found) := {"reason": found, "approval": requirement} if {
	_switch(name) == "hold"
	ask.named
}

# METADATA
# description: The reason of a deny, where the rule of this name denies, or would hold and nobody can be asked.
# scope: document
denied(name, found) := found if _switch(name) == "deny"

denied(name, found) := ask.unanswered(found) if {
	_switch(name) == "hold"
	not ask.named
}

# METADATA
# description: The reason that is recorded of a finding that stops nothing.
shadowed(name, found) := reason.shadowed(found) if _switch(name) == "shadow"

# A word that is none counts as the strictest that the rule has by itself.
_switch(name) := stated if {
	stated := data.sallyport.task.rules[name]
	stated in {"deny", "hold", "shadow", "off"}
} else := "hold" if {
	name == "purpose"
} else := "deny"
