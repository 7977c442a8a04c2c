package sallyport.rules.task.within_test

import data.sallyport.rules.task.within
import data.sallyport.testing

test_a_call_without_a_task_is_not_looked_at if {
	_silent with input as testing.allowed
}

test_accepts_a_call_that_its_task_gives if {
	_silent with input as _in_task([])
}

test_denies_a_tool_outside_the_task if {
	_denied({"TASK_TOOL"}) with input as _in_task([{"dimension": "tools", "at": null}])
}

test_denies_a_target_outside_the_task_and_says_where_it_stands if {
	outside := [{"dimension": "targets", "at": "/to"}, {"dimension": "targets", "at": "/cc"}]
	_denied({"TASK_TARGET"}) with input as _in_task(outside)
	some reason in within.deny with input as _in_task(outside)
	endswith(reason.message, ": /cc, /to")
}

test_denies_a_call_of_which_it_cannot_be_told_where_it_is_aimed if {
	_denied({"TASK_TARGET"}) with input as _in_task([{"dimension": "targets", "at": ""}])
}

test_denies_what_the_limits_do_not_give if {
	_denied({"TASK_CALLS"}) with input as _in_task([{"dimension": "calls", "at": null}])
	_denied({"TASK_SPEND"}) with input as _in_task([{"dimension": "spend", "at": "EUR"}])
	some reason in within.deny with input as _in_task([{"dimension": "spend", "at": "EUR"}])
	endswith(reason.message, ": EUR")
	_denied({"TASK_CALLS", "TASK_SPEND", "TASK_TOOL"}) with input as _in_task([
		{"dimension": "tools", "at": null},
		{"dimension": "calls", "at": null},
		{"dimension": "spend", "at": "EUR"},
	])
}

test_a_fact_that_cannot_be_read_gives_nothing if {
	every outside in [null, "", 1, {}, true, ["tools"], [{}], [{"dimension": "tool"}], [{"dimension": null}]] {
		_denied(_all) with input as _in_task(outside)
	}
	_denied(_all) with input as testing.without(_in_task([]), ["/context/task/outside"])
	_denied(_all) with input as testing.without(testing.allowed, ["/context/task"])
	_denied(_all) with input as testing.in_context(testing.allowed, {"task": "t_1"})
}

test_each_finding_can_be_switched if {
	outside := [{"dimension": "tools", "at": null}, {"dimension": "targets", "at": "/to"}]
	switched := {"tools": "hold", "targets": "shadow", "limits": "off"}
	document := _in_task(array.concat(outside, [{"dimension": "calls", "at": null}]))
	count(within.deny) == 0 with input as document
		with data.sallyport.task.rules as switched
	{each.reason.code | some each in within.hold} == {"TASK_TOOL"} with input as document
		with data.sallyport.task.rules as switched
	testing.codes(within.shadow) == {"TASK_TARGET"} with input as document
		with data.sallyport.task.rules as switched
}

test_a_hold_denies_where_nobody_is_named if {
	_denied({"TASK_TOOL"}) with input as _in_task([{"dimension": "tools", "at": null}])
		with data.sallyport.task.rules.tools as "hold"
		with data.sallyport.approvers as {}
}

test_a_switch_that_is_no_word_of_it_denies if {
	every word in ["", "on", "Off", 0, {}] {
		_denied({"TASK_TOOL"}) with input as _in_task([{"dimension": "tools", "at": null}])
			with data.sallyport.task.rules.tools as word
	}
	_denied({"TASK_TOOL"}) with input as _in_task([{"dimension": "tools", "at": null}])
		with data.sallyport.task as {}
}

test_shows_the_tools_of_the_task_alone if {
	every tools in [["payments/get_order"], ["payments/*"], ["crm/*", "payments/*"]] {
		count(within.hide) == 0 with input as _with_tools(tools)
	}
	every tools in [["payments/list_refunds"], ["payment/*"], ["crm/*"], [], null, "payments/*"] {
		count(within.hide) == 1 with input as _with_tools(tools)
	}
	count(within.hide) == 0 with input as testing.allowed
}

test_the_server_as_a_whole_is_not_hidden if {
	message := testing.message("refund-bot", ["refunds"], "crm", "tools/list")
	count(within.hide) == 0 with input as testing.in_context(message, {"task": _task([])})
}

_all := {"TASK_TOOL", "TASK_TARGET", "TASK_CALLS", "TASK_SPEND"}

_in_task(outside) := testing.in_context(testing.allowed, {"task": _task(outside)})

_with_tools(tools) := testing.in_context(testing.allowed, {"task": testing.changed(_task([]), {"tools": tools})})

_task(outside) := testing.changed(testing.task, {"outside": outside})

_denied(codes) if {
	testing.codes(within.deny) == codes
	count(within.hold) == 0
	count(within.shadow) == 0
}

_silent if {
	count(within.deny) == 0
	count(within.hold) == 0
	count(within.shadow) == 0
}
