/** Policies that read the arguments only behind a condition, each with another way to get the condition wrong. */
export const guardedPolicies: Readonly<Record<string, string>> = {
  "behind a lookup in data": `answer contains input.context.arguments if {
	properties := input.resource.properties
	data.limits[properties.server][properties.tool]
}

answer contains input.resource.properties.tool`,
  "behind a lookup that may be empty": `answer contains [name, input.context.arguments[name]] if {
	some name, _ in data.limits[input.resource.properties.server][input.resource.properties.tool]
}

answer contains name if some name, _ in input.context.arguments with input as {"context": {"arguments": {"x": 1}}}`,
  "behind a list in data": `answer contains input.context.arguments if {
	some server in data.servers
	server == input.resource.properties.server
}

answer contains input.context.arguments.amount if data.nobody[_]

answer contains input.subject.id if data.servers[0]`,
  "behind a comparison": `answer contains input.context.arguments if input.resource.type == "tool"

answer contains input.context.urls if "call" == input.phase

answer contains input.context.arguments.amount if input.context.arguments_omitted == true`,
  "behind a comparison that failed": `answer contains input.context.arguments if {
	not input.resource.properties.catalog.reversible == true
}

answer contains input.context.urls if not input.context.approval.status == "none"

answer contains input.subject.properties.claims if not "user" == input.subject.type`,
  "behind more than a comparison that failed": `answer contains input.context.arguments if {
	not _refund
}

answer contains input.context.urls if {
	not f(input.resource.properties.catalog, "reversible")
}

_refund if {
	input.resource.properties.tool == "create_refund"
	input.context.arguments.amount > 5
}

f(part, name) if part[name] == true`,
  "in a function that is also asked without the condition": `answer contains f(input.context) if input.resource.type == "tool"

answer contains f(input.context) if input.context.arguments_omitted == true

answer contains g(input.resource.properties) if true

f(context) := context.arguments

g(properties) := input.context.urls if properties.catalog.reversible == true`,
  "with the data replaced": `answer contains f if true

answer contains f if data.none.at.all

answer contains x if x := f with data.limits as {"crm": {"read_customer": 1, "find_ticket": 1}}

answer contains x if x := f with data.limits.crm.read_customer as 1

f := input.context.arguments if data.limits[input.resource.properties.server][input.resource.properties.tool]`,
  "with the input replaced": `answer contains x if x := f with input.resource.type as "tool"

answer contains x if x := f with input.resource as {"type": "tool"}

answer contains x if x := g with input.resource.properties.server as "payments"

f := input.context.arguments if input.resource.type == "tool"

g := [input.context.arguments | data.limits[input.resource.properties.server]]`,
  "beside the condition": `answer := [a, b, c] if {
	a := [x | input.resource.type == "tool"; x := input.context.arguments.amount]
	b := [x | not input.resource.type == "tool"; x := input.context.arguments]
	c := [x | some x in [input.context.urls]; data.limits[input.resource.properties.server]]
}`,
  "with one of two": `answer := input.context.arguments if {
	input.resource.type == "tool"
} else := input.context.urls if {
	not input.context.approval.status == "none"
} else := input.subject

default answer := "none"`,
  "in a loop": `answer contains [role, value] if {
	some role in input.subject.properties.roles
	data.limits[input.resource.properties.server]
	value := [input.context.arguments | role == "refunds"]
}

answer contains [name, value] if {
	some name, each in data.limits
	each[input.resource.properties.tool]
	value := input.context.arguments
}`,
};
