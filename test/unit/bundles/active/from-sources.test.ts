import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EarlyStart } from "../../../../gateway/bundles/active/early-start.ts";
import { builtOfSources, policyOfBuilt } from "../../../../gateway/bundles/active/from-sources.ts";
import type { BundlesOptions } from "../../../../gateway/bundles/bundles-options.ts";
import { noCache } from "../../../../gateway/bundles/cache/build-cache.ts";
import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { readSources } from "../../../../gateway/bundles/sources.ts";
import { checkAnswer } from "../../../../gateway/decide/decide.ts";
import { Later } from "../../../../gateway/lib/later.ts";
import { quiet } from "../../../support/quiet.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { catalog, engine, mainRego, policyFolder, type PolicyFolder } from "../support/policy-folder.ts";

let root: string;
let folder: PolicyFolder;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sallyport-from-sources-"));
  folder = await policyFolder({ "sallyport/main/main.rego": mainRego("ONE"), "data.json": catalog });
});
afterAll(async () => {
  await folder.remove();
  await rm(root, { recursive: true, force: true });
});

test("the module is compiled while OPA makes the plan, and the folder of the build stays until the policy judges", async () => {
  const [program, known, source] = ["opa", "known", "source"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  // The plan is made once the module has been told of.
  const waits = `case "$*" in *"--target plan"*) pwd > '${source}'; while [ ! -e '${known}' ]; do sleep 0.02; done;; esac`;
  await writeFile(program, `#!/bin/sh\n${waits}\nexec '${opa}' "$@"\n`);
  await chmod(program, 0o755);
  const seen: string[] = [];
  const later = new Later();
  const options: BundlesOptions = {
    outDir: folder.outDir,
    sources: new CurrentSources([]),
    opa: { path: program, timeoutMs: 60_000 },
    checkAnswer,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    logger: { ...quiet, warn: (message) => void seen.push(message) },
    engine: {
      ...engine,
      expectModule(wasm) {
        seen.push(`module of ${wasm.length > 1_000 ? "some" : "no"} size`);
        engine.expectModule(wasm);
        void writeFile(known, "");
      },
      load(...of) {
        seen.push("loaded");
        return engine.load(...of);
      },
    },
  };
  const built = await builtOfSources(
    await readSources(folder.dir),
    new EarlyStart(options.engine, noCache),
    later,
    options,
  );
  const { policy } = await policyOfBuilt(built, later, options);
  expect(seen).toEqual(["module of some size", "loaded"]);
  expect(policy.rules.map(({ code }) => code)).toEqual(["ONE"]);
  const workspace = (await readFile(source, "utf8")).trim();
  expect((await stat(workspace)).isDirectory()).toBe(true);
  await later.run((error) => {
    throw error;
  });
  await expect(stat(workspace)).rejects.toThrow("ENOENT");
});
