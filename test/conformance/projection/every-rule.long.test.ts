import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArchive } from "../../../gateway/bundles/archive/archive.ts";
import { compileSources } from "../../../gateway/bundles/build/compile.ts";
import { ENTRYPOINTS } from "../../../gateway/bundles/build/entrypoints.ts";
import { readSources, type SourceFile } from "../../../gateway/bundles/sources.ts";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import type { HostedPolicy } from "../../../gateway/decide/host/hosted-policy.ts";
import { opa } from "../../unit/decide/support/compile-rego.ts";
import { compare } from "./compare.ts";
import { readOnlyPolicy } from "../../support/policy-copy.ts";

const starter = readOnlyPolicy();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-every-rule-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Data of this name could reach below the rules, so they are looped over as they are written. */
const declining = { path: "data.json", bytes: Buffer.from('{"rules": 1}') };

/** No rule of the policy blocks or redacts. */
const ofTool: SourceFile = {
  path: "sallyport/tools/payments/create_refund/create_refund.rego",
  bytes: Buffer.from(`package sallyport.tools.payments.create_refund

import data.sallyport.reason

# METADATA
# title: No result
# description: A rule of a tool.
# custom:
#   code: NO_RESULT
#   severity: low
#   controls: [ASI02]
#   owner: testers
_none := reason.of(rego.metadata.chain())

block contains _none if input.resource.properties.catalog.known

redact contains {"pointer": "/card"}
`),
};

async function built(
  name: string,
  looped: boolean,
  more: readonly SourceFile[],
): Promise<{ policy: HostedPolicy; wasm: Uint8Array }> {
  const { files: own } = await readSources(starter);
  const files = [...own, ...more];
  const sources = { files: looped ? [...files, declining] : files, revision: name };
  const { archive } = await compileSources(opa, sources, folder);
  const { wasm, data, projections } = await readArchive(archive);
  return { wasm, policy: await createPolicyEngine().prepare(wasm, data, projections) };
}

test("gives the same answers to 500 generated inputs whether every rule is looped over or written out", () =>
  expectSameAnswers("starter", []));

test("gives the same answers when the package of a tool alone blocks and redacts", () =>
  expectSameAnswers("tool", [ofTool]));

async function expectSameAnswers(name: string, more: readonly SourceFile[]): Promise<void> {
  const looped = await built(`${name}-looped`, true, more);
  const written = await built(`${name}-written`, false, more);
  expect(written.wasm.length).toBeLessThan(looped.wasm.length * 0.95);
  const questions = Object.fromEntries(ENTRYPOINTS.map((entrypoint) => [entrypoint, entrypoint]));
  const pair = { questions, projections: {}, data: {}, full: looped.policy, projected: written.policy };
  const { different, answers } = compare([pair], 500, 11);
  expect(different).toEqual([]);
  for (const [question, count] of Object.entries(answers))
    expect({ question, many: count > 1 }).toEqual({ question, many: true });
}
