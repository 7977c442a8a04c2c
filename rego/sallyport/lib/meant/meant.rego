# METADATA
# title: What a task means that it does not name
# description: >-
#   A task names some values and identifies others: "delete the mails of k.applicant@example.com". What the rules share
#   about records that have a name or an address of the task, or that were asked for by an identifier that it names.
package sallyport.lib.meant

import data.sallyport.lib.provenance

# METADATA
# description: >-
#   True when the task asks for what the tool does (`asked_by` in the catalog), and the value is an id, set by the
#   service, of something that the task identifies.
chosen(value) if {
	value.seen == "trusted"
	value.identified == true
	provenance.facts.asked == true
}

# METADATA
# description: >-
#   True of a destination that a trusted result has, and that is meant all the same: the task asks for the action and
#   identifies it, and all numbers of the call are the task's or the service's; or one of the site's own people has
#   written it, and the tool is of no high sensitivity.
# scope: document
ordered(value) if {
	chosen(value)
	every other in provenance.facts.values {
		_counted(other)
	}
}

ordered(value) if {
	value.seen == "people"
	input.resource.properties.catalog.sensitivity in {"low", "medium"}
}

_counted(value) if value.kind != "number"

_counted(value) if value.seen in {"task", "approved", "created", "trusted"}

# METADATA
# description: >-
#   True when the call names something that a person named, or that the task chose, and nothing that untrusted text
#   alone has named. What the agent itself writes does not count.
from_task if {
	some named in provenance.facts.values
	_named(named)
	every value in provenance.facts.values {
		_unlike_untrusted(value)
	}
}

_named(value) if value.seen in {"task", "approved", "created"}

_named(value) if chosen(value)

_unlike_untrusted(value) if {
	value.pointer != ""
	value.seen in {"task", "self", "approved", "created", "inside", "people", "trusted", "private", "never"}
}

_unlike_untrusted(value) if value.kind == "date"
