# METADATA
# title: What detectors find in the arguments of a call, and in its result
# description: >-
#   Helpers for `input.context.detected` and `input.context.result.detected`. A finding is a signal: a card number with
#   the right check digit may still be an order number. Read it behind the condition that says which calls a rule is
#   about: detectors look at those alone, and take fuel for each text.
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

# METADATA
# description: The same of the result, in the result phase.
any_of_result(wanted) if {
	some found in input.context.result.detected
	found.kind in wanted
}

# METADATA
# description: Where something of this kind was found in the result, as JSON pointers into its content.
result_pointers(kind) := {found.pointer |
	some found in input.context.result.detected
	found.kind == kind
}
