# METADATA
# title: Holds
# description: >-
#   A hold is `{"reason": …, "approval": …}`. Here it is checked, several are merged into one requirement,
#   and an approval is compared with what is asked for.
package sallyport.lib.hold

import future.keywords.not

# METADATA
# description: >-
#   True when a hold says everything that people need to decide; otherwise nobody could release it, or anybody.
complete(hold) if {
	asked := hold.approval
	is_array(asked.distinct_from)
	_positive(asked.approve_within)
	_positive(asked.execute_within)
	is_boolean(asked.justification)
	asked.scope == "once"
	is_string(asked.summary)
	asked.summary != ""
	is_string(hold.reason.rule)
	count(asked.require) > 0
	every each in asked.require {
		is_string(each.role)
		each.role != ""
		_positive(each.count)
	}
}

# METADATA
# description: One requirement that satisfies every hold of a non-empty set; the strictest of each part wins.
merged(holds) := {
	"require": [{"role": role, "count": _most(holds, role)} |
		some role in sort({each.role | some hold in holds; some each in hold.approval.require})
	],
	"distinct_from": sort({who | some hold in holds; some who in hold.approval.distinct_from}),
	"approve_within": min({hold.approval.approve_within | some hold in holds}),
	"execute_within": min({hold.approval.execute_within | some hold in holds}),
	"justification": true in {hold.approval.justification | some hold in holds},
	"scope": "once",
	"summary": sort([[hold.reason.rule, hold.approval.summary] | some hold in holds])[0][1],
}

# METADATA
# description: >-
#   True when the approval answers what is asked now; policy may have become stricter since people were asked.
answered(approval, asked, subject) if {
	approval.status == "approved"
	is_string(approval.id)
	approval.scope == asked.scope
	is_number(approval.age)
	approval.age <= asked.execute_within
	is_array(approval.approvers)
	count({who | some who in approval.approvers}) >= max({each.count | some each in asked.require})
	not _own_approval(approval.approvers, asked.distinct_from, subject)
}

_own_approval(approvers, _, subject) if subject.id in approvers

_own_approval(approvers, distinct_from, subject) if {
	"acting_for" in distinct_from
	subject.properties.acting_for.id in approvers
}

_most(holds, role) := max({each.count |
	some hold in holds
	some each in hold.approval.require
	each.role == role
})

_positive(whole) if {
	whole > 0
	floor(whole) == whole
}
