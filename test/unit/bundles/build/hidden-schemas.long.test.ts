import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileSources } from "../../../../gateway/bundles/build/compile.ts";
import { readArchive } from "../../../../gateway/bundles/archive/archive.ts";
import { unpackEntries } from "../../../../gateway/bundles/archive/entries.ts";
import { goldenCases } from "../../../../gateway/bundles/golden-cases.ts";
import { readSources } from "../../../../gateway/bundles/sources.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import { copyPolicy, type PolicyCopy } from "../../../support/policy-copy.ts";
import { opa } from "../../decide/support/compile-rego.ts";

let folder: string;
let policy: PolicyCopy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-schemas-"));
  policy = copyPolicy(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The policy as it is now: its module's size, its own modules, and what it answers to its golden cases. */
async function built(out: string) {
  const sources = await readSources(policy.dir);
  const { archive, unprojected } = await compileSources(opa, sources, join(folder, out));
  expect(unprojected).toBe(null);
  const { wasm, data, projections } = await readArchive(archive);
  const prepared = await createPolicyEngine().prepare(wasm, data, projections);
  const answers = goldenCases(sources).map(
    ({ entrypoint, input }) => prepared.evaluate(`sallyport/main/${entrypoint}`, input).results,
  );
  const modules = (await unpackEntries(archive)).filter(({ header }) => header.name.endsWith(".rego"));
  const texts = Object.fromEntries(modules.map(({ header, bytes }) => [header.name, bytes.toString("utf8")]));
  return { size: wasm.length, answers, texts, projections };
}

test("a policy without the schemas in its rules is smaller, has the same modules, and gives the same answers and reasons", async () => {
  const hidden = await built("hidden");
  // A rule that could look at them, and that nobody asks.
  await policy.writeNew("elsewhere/elsewhere.rego", "package elsewhere\n\nchain := rego.metadata.chain()\n");
  const whole = await built("whole");
  expect(hidden.size).toBeLessThan(whole.size - 20_000);
  expect(hidden.answers).toEqual(whole.answers);
  expect(JSON.stringify(hidden.answers)).toContain('"message"');
  expect(hidden.projections).toEqual(whole.projections);
  const { "/elsewhere/elsewhere.rego": _, ...others } = whole.texts;
  expect(hidden.texts).toEqual(others);
  expect(others["/sallyport/sallyport.rego"]).toContain("\n# schemas:\n#   - input: schema.input\n");
}, 300_000);
