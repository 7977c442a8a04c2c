package sallyport.rules.provenance.destination

import future.keywords.not

import data.sallyport.lib.provenance
import data.sallyport.reason

# METADATA
# title: The call goes to a destination that nobody known has named
# description: >-
#   In a session that has read something untrusted (label `read:untrusted`, set by the gateway), each value at the
#   catalog's `destination` has to be known: from the task, an approval, the caller's own claims, the site's own domains
#   or a trusted result. Where `data.sallyport.site.hosts_opt_in` says so, a URL on a host that the task or an approval
#   names is known, unless it carries a secret. A local path that was never met is no destination. What
#   sends out without a destination of its own sends to its `target`.
# custom:
#   code: DESTINATION_NOT_KNOWN
#   severity: high
#   controls: [ASI01, ASI02]
#   owner: platform-security
_not_known := reason.of(rego.metadata.chain())

# METADATA
# title: Arguments were not looked at, so that they may name a destination that nobody knows
# description: >-
#   A call has more or longer arguments than the gateway traces, or they are not kept. What was not looked at counts
#   as a destination that was never met, also where the tool has none.
# custom:
#   code: DESTINATION_NOT_KNOWN
#   severity: high
#   controls: [ASI01, ASI02]
#   owner: platform-security
_not_read := reason.of(rego.metadata.chain())

_found contains reason.saying(_not_known, provenance.described(values)) if {
	values := [value |
		some value in provenance.judged.destinations
		not value.pointer == ""
		not provenance.known(value)
		not provenance.completed(value)
	]
	count(values) > 0
}

_found contains reason.saying(_not_read, "the call has more or longer ones than are traced, or they are not kept") if {
	some value in provenance.judged.destinations
	value.pointer == ""
	not provenance.known(value)
	not provenance.completed(value)
}

hold contains provenance.held("destination", each) if some each in _found

deny contains provenance.denied("destination", each) if some each in _found

shadow contains provenance.shadowed("destination", each) if some each in _found
