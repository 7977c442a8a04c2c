/** Collects rules as the starter's main does. */
const main = `package sallyport.main

import data.sallyport.lib.shape

decision := shape.of(_denials | _permits | _holds | _obliged)

visible := {"visible": count(_hidden) == 0}

result := {"effect": count(_blocks | _redactions), "limit": data.sallyport.limits[input.resource.id].most}

_permits contains data.sallyport.rules[_][_].permit[_]

_denials contains data.sallyport.rules[_][_].deny[_]

_denials contains each if {
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].deny
}

_holds contains data.sallyport.rules[_][_].hold[_]

_obliged contains data.sallyport.rules[_][_].oblige[_]

_hidden contains data.sallyport.rules[_][_].hide[_]

_blocks contains data.sallyport.rules[_][_].block[_]

_redactions contains data.sallyport.rules[_][_].redact[_]
`;
const library = `package sallyport.lib.shape

of(x) := {"effect": x}

unused(x) := x
`;
const good = `package sallyport.rules.mine.good

import data.sallyport.limits

deny contains object.union({"too": "much"}, {}) if input.context.arguments.amount > _most

_most := limits[input.resource.id].most
`;
/** A small policy that is shaped like the starter's. */
export const base: Readonly<Record<string, string>> = {
  "sallyport/main/main.rego": main,
  "sallyport/lib/shape.rego": library,
  "sallyport/rules/mine/good/good.rego": good,
  "sallyport/limits/data.yaml": "payments/create_refund:\n  most: 100\n",
};
/** Of one more rule. */
export const path = "sallyport/rules/mine/x/x.rego";
