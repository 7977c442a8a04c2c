package sallyport.main_test

import data.sallyport.main

# What is taken out of a call before it is sent.

_taken_out := {"type": "redact_arguments", "pointers": ["/reason"]}

test_a_hold_says_what_is_taken_out_and_nothing_else if {
	held := main.decision with input as _refund(120)
		with data.sallyport.rules.outgoing.notes.oblige as {_taken_out, {"type": "label_session", "labels": ["x"]}}
	held.effect == "hold"
	held.obligations == [_taken_out]
}
