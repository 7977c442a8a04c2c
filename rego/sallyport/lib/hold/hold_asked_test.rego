package sallyport.lib.hold_test

import future.keywords.not

import data.sallyport.lib.hold
import data.sallyport.testing

# The fact of an approval that satisfies the requirement.
_answers(approvers, asked) := testing.changed(testing.approved(approvers, 1), {"asked": {
	"require": asked.require,
	"distinct_from": asked.distinct_from,
	"justification": asked.justification,
	"proof": object.get(asked, "proof", "session"),
}})

test_an_approval_of_less_than_is_asked_now_does_not_answer if {
	given := _answers(["bob", "carol", "dan"], _one.approval)
	hold.answered(given, _one.approval, _subject)
	every patch in [
		{"require": [{"role": "cfo", "count": 1}]},
		{"require": [{"role": "payments-approver", "count": 2}]},
		{"require": [{"role": "payments-approver", "count": 1, "outside_team": "support"}]},
		{"require": [{"role": "payments-approver", "count": 1}, {"role": "cfo", "count": 1}]},
		{"distinct_from": ["acting_for", "agent_owner"]},
		{"justification": true},
		{"proof": "reauthenticated"},
		{"proof": "passkey"},
	] {
		not hold.answered(given, testing.changed(_one, {"approval": patch}).approval, _subject)
	}
}

test_an_approval_of_more_than_is_asked_now_answers if {
	asked := {
		"require": [
			{"role": "payments-approver", "count": 1},
			{"role": "payments-approver", "count": 1, "outside_team": "support"},
		],
		"distinct_from": ["acting_for", "agent_owner"],
		"justification": true,
		"proof": "passkey",
	}
	given := _answers(["bob", "carol"], asked)
	hold.answered(given, _one.approval, _subject)
	two := testing.changed(_one, {"approval": {"require": [{"role": "payments-approver", "count": 2}]}}).approval
	hold.answered(given, two, _subject)
	others := [{"role": "payments-approver", "count": 1, "outside_team": "sales"}]
	not hold.answered(given, testing.changed(_one, {"approval": {"require": others}}).approval, _subject)
}

test_one_person_is_not_counted_for_two_roles_by_an_approval_of_others if {
	asked := testing.changed(_one, {"approval": {"require": [
		{"role": "payments-approver", "count": 1},
		{"role": "payments-approver", "count": 1, "outside_team": "support"},
		{"role": "security", "count": 1},
	]}}).approval
	given := _answers(["bob", "carol", "dan"], asked)
	hold.answered(given, asked, _subject)
	more := testing.changed(_one, {"approval": {"require": [
		{"role": "payments-approver", "count": 2},
		{"role": "payments-approver", "count": 1, "outside_team": "support"},
	]}}).approval
	not hold.answered(given, more, _subject)
}

test_an_approval_that_does_not_say_what_was_asked_does_not_answer if {
	every asked in [null, {}, "all", [], {"require": [{"role": "payments-approver", "count": 1}]}] {
		given := object.union(testing.without(_answers(["bob"], _one.approval), ["/asked"]), {"asked": asked})
		not hold.answered(given, _one.approval, _subject)
	}
	every part in ["require", "distinct_from", "justification", "proof"] {
		not hold.answered(
			testing.without(_answers(["bob"], _one.approval), [concat("", ["/asked/", part])]),
			_one.approval, _subject,
		)
	}
	not hold.answered(testing.without(_answers(["bob"], _one.approval), ["/asked"]), _one.approval, _subject)
}
