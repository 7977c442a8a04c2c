package sallyport.main_test

import future.keywords.not

import data.sallyport.main
import data.sallyport.testing

# Approvals.

test_an_approved_call_is_allowed_once if {
	released := main.decision with input as _approved(_refund(120), ["approver"], 5)
	released.effect == "allow"
	released.obligations == [{"type": "consume_approval"}]
	released.approval == null
}

test_a_pending_call_stays_held if {
	_effect("hold") with input as testing.in_context(_refund(120), {"approval": {"status": "pending", "id": "a_1"}})
}

test_a_denied_expired_or_foreign_approval_denies if {
	every pair in [["denied", "APPROVAL_DENIED"], ["expired", "APPROVAL_EXPIRED"], ["mismatch", "APPROVAL_MISMATCH"]] {
		_denied({pair[1]}) with input as testing.in_context(_refund(120), {"approval": {"status": pair[0]}})
	}
}

test_an_approval_does_not_lift_a_denial if {
	_denied({"ARGUMENT_OVER_LIMIT"}) with input as _approved(_refund(900), ["approver"], 5)
	stranger := testing.changed(_refund(120), {"subject": {"properties": {"roles": []}}})
	_denied({"NO_RULE_PERMITS"}) with input as _approved(stranger, ["approver"], 5)
}

test_an_approval_that_answers_less_than_is_asked_now_is_asked_for_again if {
	_effect("hold") with input as _approved(_refund(120), ["approver"], 301)
	_effect("hold") with input as _approved(_refund(120), [], 5)
	_effect("hold") with input as _approved(_refund(120), ["refund-bot"], 5)
	_effect("hold") with input as _approved(_refund(120), ["approver"], 5)
		with data.sallyport.approvers.payments.count as 2
}

test_an_approval_that_is_no_longer_needed_is_used_up if {
	released := main.decision with input as _approved(testing.allowed, ["approver"], 5)
	released.effect == "allow"
	{"type": "consume_approval"} in released.obligations
}

_approved(document, approvers, age) := testing.in_context(document, {"approval": testing.approved(approvers, age)})
