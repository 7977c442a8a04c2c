# METADATA
# title: Holds
# description: >-
#   A hold is `{"reason": …, "approval": …}`. Here it is checked, several are merged into one requirement,
#   and an approval is compared with the requirement.
package sallyport.lib.hold

import future.keywords.not

# METADATA
# description: >-
#   True when a hold is complete; an incomplete one could be released by nobody, or by anybody.
complete(hold) if {
	asked := hold.approval
	is_array(asked.distinct_from)
	_positive(asked.approve_within)
	_positive(asked.execute_within)
	is_boolean(asked.justification)
	_scoped(asked.scope)
	_proof(asked) in _proofs
	is_string(asked.summary)
	asked.summary != ""
	is_string(hold.reason.rule)
	count(asked.require) > 0
	every each in asked.require {
		is_string(each.role)
		each.role != ""
		_positive(each.count)
		_team(each) != ""
	}
}

_scoped("once")

_scoped(scope) if {
	scope.kind in {"uses", "session", "task", "until"}
	_positive(scope.uses)
	_positive(scope.seconds)
	_same(scope.same)
}

_same("arguments")

_same(pointers) if {
	is_array(pointers)
	every pointer in pointers {
		startswith(pointer, "/")
	}
}

_proofs := ["session", "reauthenticated", "passkey"]

_proof(asked) := object.get(asked, "proof", "session")

# Undefined when the member is there and no text.
_team(each) := each.outside_team if is_string(each.outside_team)

_team(each) := null if not "outside_team" in object.keys(each)

# METADATA
# description: One requirement that satisfies every hold of a non-empty set; the strictest of each part wins.
merged(holds) := {
	"require": _places(holds),
	"distinct_from": sort({who | some hold in holds; some who in hold.approval.distinct_from}),
	"approve_within": min({hold.approval.approve_within | some hold in holds}),
	"execute_within": min({hold.approval.execute_within | some hold in holds}),
	"justification": true in {hold.approval.justification | some hold in holds},
	"scope": _scope({hold.approval.scope | some hold in holds}),
	"proof": _proofs[max({index |
		some hold in holds
		some index, proof in _proofs
		proof == _proof(hold.approval)
	})],
	"summary": sort([[hold.reason.rule, hold.approval.summary] | some hold in holds])[0][1],
}

# Every place that any hold requires is required; of two that differ only in their number, the larger.
_places(holds) := [_place(role, team, _most(holds, role, team)) |
	some [role, team] in sort({[each.role, _team(each)] |
		some hold in holds
		some each in hold.approval.require
	})
]

_place(role, null, number) := {"role": role, "count": number}

_place(role, team, number) := {"role": role, "count": number, "outside_team": team} if is_string(team)

# When rules differ in the scope of a permission, only this one call can be approved.
_scope(scopes) := scope if {
	count(scopes) == 1
	some scope in scopes
} else := "once"

# METADATA
# description: >-
#   True when the approval satisfies the current requirement; policy may have become stricter since the approval.
answered(approval, asked, subject) if {
	approval.status == "approved"
	is_string(approval.id)
	is_number(approval.age)
	_covered(approval, asked)
	_asked_enough(approval.asked, asked)
	is_array(approval.approvers)
	count({who | some who in approval.approvers}) >= sum([each.count | some each in asked.require])
	not _own_approval(approval.approvers, asked.distinct_from, subject)
}

_covered(approval, asked) if {
	approval.scope == "once"
	approval.age <= asked.execute_within
}

# An existing grant is compared with the scope that policy allows now.
_covered(approval, asked) if {
	approval.scope == asked.scope.kind
	approval.grant.uses <= asked.scope.uses
	approval.grant.seconds <= asked.scope.seconds
	approval.age <= approval.grant.seconds
}

# True when the earlier requirement was no weaker: as many people of each role and outside each team, as many people
# excluded, as strong a proof, and a justification where one is needed now.
_asked_enough(before, now) if {
	_justified(before.justification, now.justification)
	_rank(before.proof) >= _rank(_proof(now))
	every who in now.distinct_from {
		who in before.distinct_from
	}
	every role in {each.role | some each in now.require} {
		_people(before.require, role) >= _people(now.require, role)
	}
	every each in now.require {
		_outside(before.require, each.role, _team(each)) >= each.count
	}
}

_justified(true, _)

_justified(false, false)

_rank(proof) := [index | some index, known in _proofs; known == proof][0]

_people(require, role) := sum([each.count | some each in require; each.role == role])

# A place without a team is counted with all of the role.
_outside(require, role, null) := _people(require, role)

_outside(require, role, team) := sum(counts) if {
	is_string(team)
	counts := [each.count | some each in require; each.role == role; each.outside_team == team]
}

_own_approval(approvers, _, subject) if subject.id in approvers

_own_approval(approvers, distinct_from, subject) if {
	"acting_for" in distinct_from
	subject.properties.acting_for.id in approvers
}

_most(holds, role, team) := max({each.count |
	some hold in holds
	some each in hold.approval.require
	each.role == role
	_team(each) == team
})

_positive(whole) if {
	whole > 0
	floor(whole) == whole
}
