import { readFileSync } from "node:fs";
import type { PolicyEngine } from "../../../gateway/domain/ports.ts";
import { KNOWN_RUNTIME } from "../../../gateway/decide/runtime-patches/patch.ts";
import { withoutKnownRuntime } from "../decide/runtime-patches/support.ts";
import { catalog, engine, mainRego, type PolicyFolder, policyFolder } from "./support/policy-folder.ts";

const warning = "the policy was compiled by another OPA than the gateway's, and is slower";
let folder: PolicyFolder;
beforeEach(async () => {
  folder = await policyFolder({ "main.rego": mainRego("ONE"), "data.json": catalog });
});
afterEach(() => folder.remove());

async function activated(through: PolicyEngine): Promise<unknown> {
  const bundles = folder.bundles({ engine: through });
  await bundles.start();
  return bundles.active()?.evaluate("decision", { document: {}, text: "{}" } as never).results;
}

test("a bundle of another compiler becomes active with the same answers, and a warning says that it is slower", async () => {
  const known = await activated(engine);
  expect(folder.logged).not.toContain(warning);
  const foreign = await activated({
    ...engine,
    load: (wasm, data, projections) => engine.load(withoutKnownRuntime(wasm), data, projections),
  });
  expect(folder.logged).toContain(warning);
  expect(foreign).toEqual(known);
  expect(JSON.stringify(foreign)).toContain("ONE");
});

test("the known runtime is that of the pinned compiler", () => {
  const release = new URL("../../../scripts/toolchain/opa/release.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(release, "utf8")) as { version: string };
  expect(KNOWN_RUNTIME).toBe(`OPA ${version}`);
});
