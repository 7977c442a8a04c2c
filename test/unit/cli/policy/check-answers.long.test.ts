import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPolicy } from "../../../../gateway/cli/policy/load-policy.ts";
import { readSources } from "../../../../gateway/bundles/sources.ts";
import { checkAnswers } from "../../../../gateway/cli/policy/check.ts";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { readOnlyPolicy } from "../../../support/policy-copy.ts";

const library = readOnlyPolicy();
const rules = "sallyport/rules/arguments/limits";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-tried-"));
  cpSync(library, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function tried(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const loaded = await loadPolicy(await readSources(folder), "no-such-file.yaml", systemClock);
  return checkAnswers(loaded, opa).then(String, (error: unknown) => (error as Error).message);
}

test("answers some thousand questions about the starter policy without a fault, the same ones each time", async () => {
  const first = await tried({});
  expect(Number(first)).toBeGreaterThan(3_000);
  expect(await tried({})).toBe(first);
}, 120_000);

test("finds two answers behind bounds and a misshapen reason behind an alias, with file, line and an input that leads there", async () => {
  const two = `package sallyport.rules.mine.two

import data.sallyport.reason

_two := reason.of(rego.metadata.chain())

deny contains _two if {
	input.resource.id == "payments/create_refund"
	_most < 0
}

_most := 5 if input.context.arguments.amount > 7301

_most := 10 if input.context.arguments.amount == 9412
`;
  const urgent = `package sallyport.rules.mine.urgent

deny contains reason if {
	arguments := input.context.arguments
	arguments.currency in {"XTS", "XXX"}
	reason := {"code": "C", "message": "m", "rule": "mine/urgent", "severity": "urgent", "controls": []}
}
`;
  const found = (await tried({ [`${rules}/two.rego`]: two, [`${rules}/urgent.rego`]: urgent })).split("\n");
  expect(found).toContainEqual(expect.stringMatching(/two\.rego:14: policy_conflict: .*amount = 9412/));
  expect(found).toContainEqual(expect.stringMatching(/policy_shape: reasons\/\d\/severity must be .*currency = "X/));
}, 120_000);

test("finds a golden case that is answered in another way", async () => {
  const found = await tried({ "sallyport/entitlements/data.yaml": "{}\n" });
  expect(found).toMatch(/^golden\/allows-a-low-read\.json:1: /m);
}, 120_000);
