package sallyport.lib.hold_test

import future.keywords.not

import data.sallyport.lib.hold
import data.sallyport.testing

_one := {
	"reason": {"code": "A", "rule": "b/second"},
	"approval": {
		"require": [{"role": "payments-approver", "count": 1}],
		"distinct_from": ["acting_for"],
		"approve_within": 900,
		"execute_within": 300,
		"justification": false,
		"scope": "once",
		"summary": "Refund",
	},
}

_other := {
	"reason": {"code": "B", "rule": "a/first"},
	"approval": {
		"require": [{"role": "security", "count": 1}, {"role": "payments-approver", "count": 2}],
		"distinct_from": ["agent_owner", "acting_for"],
		"approve_within": 600,
		"execute_within": 400,
		"justification": true,
		"scope": "once",
		"summary": "Refund abroad",
	},
}

_subject := {"id": "refund-bot", "properties": {"acting_for": {"id": "alice", "claims": {}}}}

test_a_whole_hold_is_complete if {
	hold.complete(_one)
	hold.complete(_other)
}

test_a_hold_without_one_of_its_parts_is_not_complete if {
	every part in object.keys(_one.approval) {
		not hold.complete(testing.without(_one, [concat("", ["/approval/", part])]))
	}
	not hold.complete(testing.without(_one, ["/approval"]))
	not hold.complete(testing.without(_one, ["/reason"]))
	not hold.complete({})
	not hold.complete("hold")
}

test_a_hold_that_asks_nobody_is_not_complete if {
	every require in [
		[],
		null,
		"payments-approver",
		[{}],
		[{"role": "", "count": 1}],
		[{"role": null, "count": 1}],
		[{"role": "x", "count": 0}],
		[{"role": "x", "count": 1.5}],
		[{"role": "x", "count": "1"}],
		[{"role": "x"}],
		[{"role": "x", "count": 1, "outside_team": ""}],
		[{"role": "x", "count": 1, "outside_team": null}],
		[{"role": "x", "count": 1}, {"role": "y", "count": 0}],
	] {
		not hold.complete(testing.changed(_one, {"approval": {"require": require}}))
	}
}

test_a_hold_with_parts_of_another_type_is_not_complete if {
	every patch in [
		{"distinct_from": "acting_for"},
		{"approve_within": 0},
		{"approve_within": "900"},
		{"approve_within": 0.5},
		{"execute_within": -1},
		{"execute_within": null},
		{"justification": "no"},
		{"scope": "session"},
		{"scope": {"kind": "uses", "uses": 3, "seconds": 60}},
		{"scope": {"kind": "always", "uses": 3, "seconds": 60, "same": "arguments"}},
		{"scope": {"kind": "uses", "uses": 0, "seconds": 60, "same": "arguments"}},
		{"scope": {"kind": "uses", "uses": 3, "seconds": 0.5, "same": "arguments"}},
		{"scope": {"kind": "uses", "uses": 3, "seconds": 60, "same": "anything"}},
		{"scope": {"kind": "uses", "uses": 3, "seconds": 60, "same": ["amount"]}},
		{"proof": "password"},
		{"proof": null},
		{"summary": ""},
		{"summary": ["Refund"]},
	] {
		not hold.complete(testing.changed(_one, {"approval": patch}))
	}
}

test_one_hold_is_merged_into_itself if {
	hold.merged({_one}) == object.union(_one.approval, {"proof": "session"})
}

test_a_wider_scope_and_a_stronger_proof_make_a_whole_hold if {
	hold.complete(_wide(_scope))
	hold.complete(testing.changed(_one, {"approval": {"scope": object.union(_scope, {"same": ["/order_id"]})}}))
	hold.complete(testing.changed(_one, {"approval": {"proof": "passkey"}}))
}

test_a_place_outside_a_team_is_a_place_of_its_own if {
	asked := testing.changed(_one, {"approval": {"require": [
		{"role": "payments-approver", "count": 1},
		{"role": "payments-approver", "count": 1, "outside_team": "support"},
	]}})
	hold.complete(asked)
	hold.merged({asked, _one}).require == asked.approval.require
	given := {"asked": {"require": asked.approval.require}}
	not hold.answered(testing.changed(testing.approved(["bob"], 1), given), hold.merged({asked}), _subject)
	hold.answered(testing.changed(testing.approved(["bob", "carol"], 1), given), hold.merged({asked}), _subject)
}

test_the_strongest_proof_wins if {
	hold.merged({testing.changed(_one, {"approval": {"proof": "reauthenticated"}}), _other}).proof == "reauthenticated"
	hold.merged({
		testing.changed(_one, {"approval": {"proof": "passkey"}}),
		testing.changed(_other, {"approval": {"proof": "reauthenticated"}}),
	}).proof == "passkey"
}

test_a_scope_that_not_all_rules_give_is_once if {
	hold.merged({_wide(_scope)}).scope == _scope
	hold.merged({_wide(_scope), _other}).scope == "once"
}

test_a_grant_answers_what_policy_would_still_give if {
	asked := _wide(_scope).approval
	hold.answered(testing.granted("uses", 3, 60), asked, _subject)
	hold.answered(testing.granted("uses", 2, 30), asked, _subject)
	not hold.answered(testing.granted("uses", 4, 60), asked, _subject)
	not hold.answered(testing.granted("uses", 3, 61), asked, _subject)
	not hold.answered(testing.granted("session", 3, 60), asked, _subject)
	not hold.answered(testing.granted("uses", 3, 60), _one.approval, _subject)
	not hold.answered(testing.granted("uses", 3, 4), asked, _subject)
}

_scope := {"kind": "uses", "uses": 3, "seconds": 60, "same": "arguments"}

_wide(scope) := testing.changed(_one, {"approval": {"scope": scope}})

test_the_strictest_of_each_part_wins if {
	hold.merged({_one, _other}) == {
		"require": [{"role": "payments-approver", "count": 2}, {"role": "security", "count": 1}],
		"distinct_from": ["acting_for", "agent_owner"],
		"approve_within": 600,
		"execute_within": 300,
		"justification": true,
		"scope": "once",
		"proof": "session",
		"summary": "Refund abroad",
	}
}

test_an_approval_answers_what_was_asked if {
	hold.answered(testing.approved(["bob"], 300), _one.approval, _subject)
	hold.answered(testing.approved(["bob", "carol", "dan"], 0), hold.merged({_one, _other}), _subject)
}

test_an_approval_that_is_too_old_does_not_answer if {
	every age in [300.1, 301, null, "1", [1]] {
		not hold.answered(testing.approved(["bob"], age), _one.approval, _subject)
	}
}

test_an_approval_by_too_few_does_not_answer if {
	every approvers in [["bob"], ["bob", "bob"], ["bob", "carol"], [], null, "bob,carol", {"a": "bob", "b": "carol"}] {
		not hold.answered(testing.approved(approvers, 1), hold.merged({_one, _other}), _subject)
	}
}

test_an_approval_of_another_status_scope_or_without_id_does_not_answer if {
	every patch in [{"status": "pending"}, {"status": null}, {"scope": "session"}, {"scope": null}, {"id": null}] {
		not hold.answered(testing.changed(testing.approved(["bob"], 1), patch), _one.approval, _subject)
	}
	not hold.answered({}, _one.approval, _subject)
	not hold.answered(null, _one.approval, _subject)
}

test_nobody_approves_their_own_call if {
	not hold.answered(testing.approved(["refund-bot"], 1), _one.approval, _subject)
	not hold.answered(testing.approved(["bob", "alice"], 1), _one.approval, _subject)
}

test_the_person_behind_the_call_may_approve_when_the_hold_allows_it if {
	asked := testing.changed(_one, {"approval": {"distinct_from": []}}).approval
	hold.answered(testing.approved(["alice"], 1), asked, _subject)
}
