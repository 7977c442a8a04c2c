import { readSources } from "../../../gateway/bundles/sources.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { InputDocument, PolicyInput } from "../../../gateway/domain/policy-input.ts";
import { type Pair, pairFrom } from "./pairs.ts";
import { readOnlyPolicy } from "../../support/policy-copy.ts";

const starter = readOnlyPolicy();
const entrypoint = "sallyport/main/decision";

/** The starter policy with `count` more tools, each with a rule and facts of its own. */
export async function policyWithTools(count: number): Promise<Pair> {
  const files: Record<string, string> = {};
  for (const { path, bytes } of (await readSources(starter)).files)
    if (path.startsWith("sallyport/")) files[path] = bytes.toString("utf8");
  const facts: JsonObject = { sensitivity: "low", reversible: true, sink: "internal", owner: "testers", labels: [] };
  const catalog: Record<string, JsonObject> = {};
  for (let index = 0; index < count; index += 1) {
    files[`sallyport/tools/payments/t${index}/t${index}.rego`] = toolRego(index);
    catalog[toolName(index)] = facts;
  }
  files["sallyport/catalog/data.yaml"] = JSON.stringify({ payments: catalog });
  return await pairFrom(files, { decision: entrypoint });
}

/** Not an identifier, as tools are named out there. */
export function toolName(index: number): string {
  return `tool-${index}/run`;
}

function toolRego(index: number): string {
  return `package sallyport.tools.payments["${toolName(index)}"]

import data.sallyport.reason

# METADATA
# title: Above ${index}
# custom:
#   code: ABOVE_${index}
#   severity: high
_above := reason.of(rego.metadata.chain())

deny contains _above if input.context.arguments.amount > ${index}
`;
}

/** The decision about a call of one of the tools, and the fuel it took. */
export function callTool({ projected }: Pair, document: InputDocument, index: number, amount: number) {
  const input = inputFor(document, index, { amount });
  const { results, fuel } = projected.evaluate(entrypoint, input);
  const [{ result }] = results as [{ result: { effect: string; reasons: { code: string; rule: string }[] } }];
  return { ...result, fuel };
}

function inputFor(document: InputDocument, index: number, args: JsonObject): PolicyInput {
  const { resource, context } = document;
  const properties = { ...(resource["properties"] as JsonObject), tool: toolName(index) };
  const asked = {
    ...document,
    resource: { ...resource, properties },
    context: { ...context, arguments: args },
  };
  return { document: asked, text: JSON.stringify(asked) };
}
