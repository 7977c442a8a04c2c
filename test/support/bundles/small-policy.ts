import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { selfTestInput } from "../../../gateway/bundles/golden-cases.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";

const main = `package sallyport.main

import data.sallyport.answers

# METADATA
# entrypoint: true
decision := {"effect": _effect, "reasons": [_reasons[_effect]], "obligations": [], "approval": null, "risk": null}

default _effect := "deny"

_effect := "allow" if input.context.arguments.amount <= data.sallyport.limits.shop.pay.amount.max

_reasons[effect] := {"code": code, "message": "m", "rule": "shop/pay", "severity": "low", "controls": []} if {
	some effect, code in {"allow": "FINE", "deny": "TOO_MUCH"}
}

# METADATA
# entrypoint: true
visible := {"visible": true}

# METADATA
# entrypoint: true
result := {"effect": "pass", "reasons": [], "redactions": answers.redactions, "labels": []}
`;

const mainTest = `package sallyport.main_test

import data.sallyport.main

test_small_amounts_are_fine if {
	main.decision.effect == "allow" with input as {"context": {"arguments": {"amount": 5}}}
}
`;

export function limitOf(max: number): string {
  return `shop: { pay: { amount: { above: 0, max: ${max} } } }\n`;
}

/** A payment of 5, as the gateway writes it. */
export function paymentInput(): JsonObject {
  const { context, ...about } = selfTestInput("call");
  return { ...about, context: { ...(context as JsonObject), arguments: { amount: 5 } } };
}

/** Rules about results, which no decision about a call asks. `redactions`: Rego. */
export function answersOf(redactions: string): string {
  return `package sallyport.answers\n\nredactions := ${redactions}\n`;
}

/** A policy with a test and a golden case that is compiled in a fraction of the library's time. */
export function writeSmallPolicy(folder: string): void {
  const files = {
    "sallyport/main/main.rego": main,
    "sallyport/main/main_test.rego": mainTest,
    "sallyport/answers/answers.rego": answersOf("[]"),
    "sallyport/limits/data.yaml": limitOf(10),
    "golden/allows-five.json": JSON.stringify({
      name: "allows five",
      entrypoint: "decision",
      input: paymentInput(),
      want: { effect: "allow" },
    }),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}
