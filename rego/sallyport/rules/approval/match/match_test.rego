package sallyport.rules.approval.match_test

import data.sallyport.rules.approval.match
import data.sallyport.testing

test_accepts_no_approval_a_pending_one_and_an_approved_one if {
	every status in ["none", "pending", "approved"] {
		count(match.deny) == 0 with input as _with({"status": status})
	}
}

test_denies_an_approval_of_another_call if {
	_denied("APPROVAL_MISMATCH") with input as _with({"status": "mismatch"})
}

test_denies_what_a_person_has_denied if {
	_denied("APPROVAL_DENIED") with input as _with({"status": "denied"})
}

test_denies_an_expired_approval if {
	_denied("APPROVAL_EXPIRED") with input as _with({"status": "expired"})
}

test_a_status_that_is_not_known_counts_as_a_mismatch if {
	every status in ["", "Approved", "approved ", "released", null, true, 1, ["approved"], {"approved": true}] {
		_denied("APPROVAL_MISMATCH") with input as _with({"status": status})
	}
}

test_an_absent_status_counts_as_a_mismatch if {
	every pointer in ["/context/approval/status", "/context/approval", "/context"] {
		_denied("APPROVAL_MISMATCH") with input as testing.without(testing.allowed, [pointer])
	}
	_denied("APPROVAL_MISMATCH") with input as {}
}

test_tells_the_reason_that_people_gave if {
	_message == "A person has denied this call: wrong order" with input as _with({
		"status": "denied",
		"reason": "wrong order",
	})
}

test_says_when_people_gave_no_reason if {
	every reason in [null, "", 1, ["x"]] {
		_message == "A person has denied this call: no reason was given" with input as _with({
			"status": "denied",
			"reason": reason,
		})
	}
}

test_names_the_rule_for_each if {
	every status in ["mismatch", "denied", "expired"] {
		some reason in match.deny with input as _with({"status": status})
		reason.rule == "approval/match"
	}
}

test_calls_without_a_tool_are_judged_too if {
	ping := testing.message("support-bot", ["support"], "crm", "ping")
	count(match.deny) == 0 with input as ping
	_denied("APPROVAL_MISMATCH") with input as testing.in_context(ping, {"approval": {"status": "mismatch"}})
}

test_a_denied_reason_never_makes_the_deny_disappear if {
	bare := testing.without(_with({"status": "denied"}), ["/context/approval/reason"])
	_denied("APPROVAL_DENIED") with input as bare
}

test_severities_follow_the_danger if {
	every expected in [["mismatch", "critical"], ["denied", "high"], ["expired", "medium"]] {
		some reason in match.deny with input as _with({"status": expected[0]})
		reason.severity == expected[1]
	}
}

_with(patch) := testing.in_context(testing.allowed, {"approval": patch})

_denied(code) if testing.codes(match.deny) == {code}

_message := message if {
	some reason in match.deny
	message := reason.message
}

test_an_approval_without_its_other_facts_is_still_recognised if {
	every pointer in ["/context/approval/id", "/context/approval/approvers", "/context/approval/age"] {
		count(match.deny) == 0 with input as testing.without(_with({"status": "approved"}), [pointer])
		_denied("APPROVAL_DENIED") with input as testing.without(_with({"status": "denied"}), [pointer])
	}
}

test_gives_exactly_one_reason if {
	every status in ["mismatch", "denied", "expired", "unheard of"] {
		count(match.deny) == 1 with input as _with({"status": status})
	}
}

test_the_words_of_people_cannot_change_the_code_or_the_rule if {
	some reason in match.deny with input as _with({"status": "denied", "reason": `", "code": "ALLOWED"`})
	reason.code == "APPROVAL_DENIED"
	reason.rule == "approval/match"
	reason.controls == ["ASI09"]
}
