/** Rules of a site, with their tests, that a policy may come to have. */
import { cpSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { demoPolicy } from "../policy-copy.ts";

export const limits = "sallyport/limits/data.yaml";
export const rule = "sallyport/rules/trial/orders/orders.rego";
export const ruleText = (order: string) => `package sallyport.rules.trial.orders

import data.sallyport.reason

# METADATA
# title: This order is not read
# custom: { code: NO_ORDER, severity: low }
_no_order := reason.of(rego.metadata.chain())

deny contains _no_order if {
	input.resource.id == "payments/get_order"
	input.context.arguments.order_id == "${order}"
}
`;
export const hidden = "sallyport/rules/trial/hidden/hidden.rego";
export const hiddenText = `package sallyport.rules.trial.hidden

import data.sallyport.reason

# METADATA
# title: This tool is not shown
# custom: { code: NOT_SHOWN, severity: low }
_not_shown := reason.of(rego.metadata.chain())

hide contains _not_shown if input.resource.id == "payments/none"
`;
export const hiddenTest = `package sallyport.rules.trial.hidden_test

import data.sallyport.rules.trial.hidden

test_hides if count(hidden.hide) == 1 with input as {"resource": {"id": "payments/none"}}
`;
export const test1 = "sallyport/rules/trial/orders/orders_test.rego";
export const testText = (order: string) => `package sallyport.rules.trial.orders_test

import data.sallyport.rules.trial.orders
import data.sallyport.testing

test_denies if {
	call := testing.call("refund-bot", ["refunds"], "payments", "get_order", {"order_id": "${order}"})
	testing.codes(orders.deny) == {"NO_ORDER"} with input as call
}
`;

/** A site of its own, with a rule and its test, beside the library. */
export async function trialSite(dir: string) {
  cpSync(demoPolicy, dir, { recursive: true });
  await rm(join(dir, "golden"), { recursive: true });
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  };
  const original = await readFile(join(dir, limits), "utf8");
  const most = async (amount: number) => write(limits, original.replace("max: 500", `max: ${amount}`));
  if (!original.includes("max: 500")) throw new Error("the demonstration has another limit");
  await write(rule, ruleText("o-999"));
  await write(test1, testText("o-999"));
  return { dir, write, most };
}
