# METADATA
# title: What detectors find in the arguments of a call
# description: >-
#   Helpers for `input.context.detected`. A finding is a signal: a card number with the right check digit may still be
#   an order number. Read it behind the condition that says which calls a rule is about, and detectors look at those
#   alone.
package sallyport.lib.detected

# METADATA
# description: Whether something of one of these kinds was found, such as ["card", "iban"].
any_of(wanted) if {
	some found in input.context.detected
	found.kind in wanted
}

# METADATA
# description: Where something of this kind was found, as JSON pointers into the arguments.
pointers(kind) := {found.pointer |
	some found in input.context.detected
	found.kind == kind
}
