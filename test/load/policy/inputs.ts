import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { PolicyInput } from "../../../gateway/domain/policy-input.ts";
import { readDocument } from "../world/policy.ts";
import { paddedRecords } from "../world/padding.ts";
import { goldenFile } from "../../support/policy-copy.ts";

const golden = goldenFile("allows-a-low-read");

type Document = PolicyInput["document"];

/** KB of JSON text; the smallest holds only what the starter policy reads, since a whole document is larger. */
export const inputSizesKb = [0.75, 3, 19, 256] as const;

/** An allowed call of the policy's own golden cases, grown through its arguments to each size. */
export async function policyInputs(): Promise<{ readonly kb: number; readonly document: Document }[]> {
  const { input } = await readDocument<{ readonly input: Document }>(golden);
  return inputSizesKb.map((kb) => ({ kb, document: grown(kb < 1 ? reduced(input) : input, Math.round(kb * 1024)) }));
}

function grown(document: Document, bytes: number): Document {
  const build = (records: readonly object[]): Document => {
    const args = { ...(document.context["arguments"] as JsonObject), records: records as unknown as JsonObject[] };
    return { ...document, context: { ...document.context, arguments: args } };
  };
  return build(paddedRecords((records) => JSON.stringify(build(records)), bytes));
}

function reduced({ contract, phase, action, subject, resource, context }: Document): Document {
  return {
    contract,
    phase,
    action: pick(action, ["name"]),
    subject: { ...subject, properties: pick(subject["properties"] as JsonObject, ["roles", "proof"]) },
    resource: {
      ...resource,
      properties: pick(resource["properties"] as JsonObject, ["server", "tool", "catalog", "definition"]),
    },
    context: pick(context, ["arguments", "arguments_omitted", "urls", "session", "approval", "task", "time"]),
  };
}

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
