import { readFileSync } from "node:fs";
import { readSources } from "../../../gateway/bundles/sources.ts";
import type { HostedPolicy } from "../../../gateway/decide/host/hosted-policy.ts";
import type { InputDocument } from "../../../gateway/domain/policy-input.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { goldenFile, readOnlyPolicy } from "../../support/policy-copy.ts";
import { FUEL } from "../adversarial/engine.ts";
import { pairFrom } from "../projection/pairs.ts";
import { changed, largeInputs, limits } from "./large-inputs.ts";

const entrypoint = "sallyport/main/decision";
const golden = JSON.parse(readFileSync(goldenFile("holds-a-refund"), "utf8")) as { readonly input: JsonObject };
let policy: HostedPolicy;

beforeAll(async () => {
  const files: Record<string, string> = {};
  for (const { path, bytes } of (await readSources(readOnlyPolicy())).files)
    if (path.startsWith("sallyport/")) files[path] = bytes.toString("utf8");
  files["sallyport/limits/data.yaml"] = JSON.stringify(limits);
  policy = (await pairFrom(files, { decision: entrypoint })).projected;
});

test.each(largeInputs)("judges $name for at most half of the fuel", ({ changes, codes }) => {
  const input = changed(golden.input, changes);
  const asked = { document: input as unknown as InputDocument, text: JSON.stringify(input) };
  const { results, fuel } = policy.evaluate(entrypoint, asked);
  const [{ result }] = results as [{ result: { reasons: { code: string }[] } }];
  expect([...new Set(result.reasons.map(({ code }) => code))].toSorted()).toEqual(codes);
  expect(fuel).toBeLessThanOrEqual(FUEL / 2);
});
