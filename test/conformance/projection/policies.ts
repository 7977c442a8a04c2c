import { guardedPolicies } from "./guarded-policies.ts";

/**
 * Small policies, each with another way to get at the input that a projection could overlook.
 * Every one is a package `p` whose rule `answer` is asked.
 */
export const adversarialPolicies: Readonly<Record<string, string>> = {
  "a member whose name the input chooses": "answer := input.context[input.action.name]",
  "a member whose name data chooses": "answer := [v | some name in data.names; v := input.context.session[name]]",
  "walk over all of it": "answer := [[path, value] | walk(input, [path, value]); is_string(value)]",
  "walk over a part": "answer := {path | walk(input.resource.properties, [path, _])}",
  "a comprehension over a part": "answer := {name: type_name(value) | some name, value in input.context}",
  "every member by a variable": "answer := {name | some name; input[name]}",
  "object.get of the whole input": 'answer := object.get(input, ["context", "session", "labels"], "none")',
  "object.get of a member": 'answer := object.get(input.context, "approval", "none")',
  "a part given to a function": `answer := f(input.context)

f(part) := [part.session, part.risk.score]`,
  "a part given on and on": `answer := f(input)

f(all) := g(all.context)

g(part) := h(part.session, part)

h(session, part) := {"id": session.id, "tools": [t | some t in part.task.tools]}`,
  "one of two parts given to a function": `answer := {f(x) | some x in [input.subject, input.resource]}

f(part) := part.id`,
  "what a function returns": `answer := part(input).properties.server

part(all) := all.resource`,
  "a rule that is a part": `answer := {"a": subject.properties.roles, "b": [subject.type | subject.id]}

subject := input.subject`,
  "a with statement inside": `answer := {"before": allowed, "after": after}

default allowed := false

allowed if input.context.approval.status == "approved"

after if allowed with input.context.approval as {"status": "approved"}`,
  "a with statement around siblings": `answer := [seen, other, seen_here]

seen := object.keys(input.context.session) if true

default seen := "none"

other := x if x := input.context.session.id with input.context.session.calls as 3

seen_here := x if x := seen with input.context.session.added.deep as 1

default other := "none"

default seen_here := "none"`,
  "a with statement that moves a part up": `answer := {inner | inner := looks with input as input.context}

looks := [input.session.id, input.arguments]`,
  "with statements in each other": `answer := [a | a := f with input.subject as input.resource with input.context as input.subject]

f := [input.subject.id, input.context.properties.roles, input.action.name]`,
  "partial rules in functions": `answer := {"l": labels, "d": denied("read:private")}

labels contains label if some label in input.context.session.labels

labels contains entry.labels[_] if some entry in input.context.session.history

denied(label) if {
	label in labels
	not input.context.approval.status == "approved"
}

default denied(_) := "no"`,
  "a set of paths": 'answer := {json.filter(input, {path}) | some path in {"context/session", "subject/id"}}',
  // The module goes through the members of an object in an order that also depends on what else is in its memory.
  "an array of parts": "answer := sort([x | some part in [input.context.risk, input.context.task]; x := part[_]])",
  "comparisons of parts": `answer := [a, b, c]

a := input.subject.id == input.context.approval.id

b := input.context.risk == {"score": null, "signals": []}

c := input.context.urls != input.context.provenance

default a := "u"

default b := "u"

default c := "u"`,
  "equality of parts": `answer contains "risk" if input.context.risk == {"score": null, "signals": []}

answer contains "same" if input.context.session.labels == input.subject.properties.roles

answer contains "unified" if {
	some part in [input.context.urls, input.context.provenance]
	part = [_, _]
}

answer contains "destructured" if {"id": _, "type": "user", "properties": _} = input.subject`,
  "presence and truth of parts": `answer := {name | some name, _ in {"x"}} | {k | some k in ["args", "task", "omitted", "deep"]; t(k)}

t("args") if input.context.arguments

t("task") if not input.context.task

t("omitted") if input.context.arguments_omitted == true

t("deep") if input.subject.properties.acting_for.claims.team`,
  "types of parts": `answer := [is_object(input.context.arguments), is_array(input.context.urls), is_string(input.subject.id)]`,
  "else branches and defaults": `answer := input.context.task if {
	input.context.task.state == "open"
} else := input.context.session if {
	input.context.session.calls > 3
} else := input.action.properties

default answer := "none"`,
  "names that objects inherit": `answer contains input.context.constructor

answer contains input["__proto__"]

answer contains input.context.session["__proto__"].id`,
  "rules that must not contradict": `answer := input.subject

answer := input.resource if input.subject.id == input.resource.id`,
  "negation and every": `answer if {
	not input.context.approval.approvers[0]
	every role in input.subject.properties.roles {
		role in data.names
	}
}

default answer := false`,
  "array members by number":
    "answer := [input.context.urls[0].host, input.resource.properties.request.segments[1]]\n\ndefault answer := 0",
  ...guardedPolicies,
  "a dispatched package": `answer := {d | some d in data.tools[input.resource.properties.server][input.resource.properties.tool].deny}`,
};

/** Beside `p`: packages that a dispatch reaches, and data. */
export const besides: Readonly<Record<string, string>> = {
  "tools/payments/get_order/t.rego":
    "package tools.payments.get_order\n\ndeny contains x if x := input.context.arguments\n",
  "tools/payments/refund/t.rego":
    'package tools.payments["create/refund"]\n\ndeny contains x if x := data.tools.payments.get_order.deny\n\ndeny contains input.subject.properties.claims\n',
  "tools/crm/t.rego": 'package tools.crm["*"]\n\ndeny contains input.action.name\n',
  "data.json": JSON.stringify({
    names: ["id", "trust", "labels", "refunds", "support"],
    limits: { payments: { create_refund: { amount: 5 }, get_order: {} }, crm: false, list: [1, 2] },
    servers: ["payments"],
    nobody: [],
  }),
};
