import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { unpackEntries } from "../../../../gateway/bundles/archive/entries.ts";
import { buildSources } from "../../../../gateway/bundles/build/build.ts";
import type { BuildCache } from "../../../../gateway/bundles/cache/build-cache.ts";
import { openFolderCache } from "../../../../gateway/bundles/cache/folder-cache.ts";
import { codeDigest } from "../../../../gateway/bundles/cache/identity.ts";
import type { OpaCommand } from "../../../../gateway/bundles/build/opa.ts";
import { configuredOpa } from "../../../../gateway/cli/policy/opa.ts";
import { environmentWithout } from "../../../../gateway/config/environment.ts";
import { readSources } from "../../../../gateway/bundles/sources.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import type { BundleMarks } from "../../../../gateway/domain/ports.ts";
import { signingRoom, trusting } from "../../../support/bundles/signed-bundle.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { archiveRoom, current } from "../support/archive-room.ts";
import { mainRego, type PolicyFolder, policyFolder } from "../support/policy-folder.ts";

const MAIN = "sallyport/main/main.rego";
let folder: PolicyFolder;
let root: string;
let countingOpa: string;
let cache: BuildCache;
let told: string[];

beforeEach(async () => {
  folder = await policyFolder({ [MAIN]: mainRego("ONE"), "words/data.yaml": "first: 1.50\nlist: [a]\n" });
  root = dirname(folder.dir);
  countingOpa = join(root, "opa");
  await writeFile(join(root, "runs"), "");
  await writeFile(countingOpa, `#!/bin/sh\necho "$*" >> '${join(root, "runs")}'\nexec '${opa}' "$@"\n`);
  await chmod(countingOpa, 0o755);
  told = [];
  cache = await openFolderCache({
    folder: join(root, "cache"),
    key: Buffer.alloc(32, "k"),
    maxBytes: 16 * 1024 * 1024,
    identity: async () => codeDigest(),
    clock: { now: () => Date.now() },
    logger: { debug() {}, info() {}, error() {}, warn: (message) => void told.push(message) },
  });
});
afterEach(() => folder.remove());

/** The verbs and targets of the runs of opa since the last question. */
async function runs(): Promise<string[]> {
  const lines = (await readFile(join(root, "runs"), "utf8")).split("\n").filter((line) => line !== "");
  await writeFile(join(root, "runs"), "");
  return lines.map((line) => /^(\w+)(?:.*--target (\w+))?/.exec(line)?.slice(1).join(" ").trim() ?? "").toSorted();
}

const build = async (how: BuildCache | undefined = cache) =>
  buildSources(countingOpa, await readSources(folder.dir), folder.outDir, how);

/** The files of a built bundle as text, by name. */
async function contents(archive: string): Promise<Record<string, string>> {
  const entries = await unpackEntries(archive);
  return Object.fromEntries(entries.map(({ header, bytes }) => [header.name, bytes.toString("latin1")]));
}

test("compiles nothing for sources that were built before, and the bundle is the same byte for byte", async () => {
  const first = await build();
  const bytes = await readFile(first.archive);
  expect(await runs()).toEqual(["build plan", "build wasm", "eval", "inspect"]);
  await rm(first.archive);
  const second = await build();
  expect(await runs()).toEqual([]);
  expect({ ...second }).toEqual({ ...first });
  expect((await readFile(second.archive)).equals(bytes)).toBe(true);
  // And for the bundle delivery, which reads, checks and tries what the cache gives.
  const bundles = folder.bundles({ opa: countingOpa, cache, watch: false });
  await bundles.start();
  expect(await runs()).toEqual([]);
  expect(bundles.active()?.rules.map(({ code }) => code)).toEqual(["ONE"]);
});

test("compiles no rules after an edit of data, and what comes out is what a whole build makes of it", async () => {
  await build();
  await runs();
  await folder.write("words/data.yaml", "first: 2.50\nlist: [a, b]\nbig: 123456789012345678901234567890\n");
  await folder.write("more/data.json", '{"__proto__": {"x": 1}, "é": "\\u2028"}');
  const edited = await build();
  expect(await runs()).toEqual(["build"]);
  const whole = await buildSources(opa, await readSources(folder.dir), join(root, "whole"));
  expect(await contents(edited.archive)).toEqual(await contents(whole.archive));
  expect((await readFile(edited.archive)).equals(await readFile(whole.archive))).toBe(true);
  expect({ ...edited, archive: "" }).toEqual({ ...whole, archive: "" });
});

test("compiles rules anew for an edit of rules, of schemas or of capabilities, and not for golden cases", async () => {
  await build();
  await runs();
  await folder.write(MAIN, mainRego("TWO"));
  expect((await build()).rules.map(({ code }) => code)).toEqual(["TWO"]);
  expect(await runs()).toContain("build wasm");
  await folder.write("schemas/words.json", '{"type": "object"}');
  await build();
  expect(await runs()).toContain("build wasm");
  await folder.write("golden/none.json", "{}");
  await build();
  expect(await runs()).toEqual(["build"]);
  await folder.write("schemas/data.json", '{"type": "object"}');
  await build();
  expect(await runs()).toContain("build wasm");
});

test("keeps no rule of a module that has gone, wherever it lay", async () => {
  await folder.write("golden/more.rego", "package sallyport.lib.more\n\nexempt := true\n");
  await build();
  await rm(join(folder.dir, "golden/more.rego"));
  const whole = await buildSources(opa, await readSources(folder.dir), join(root, "whole"));
  expect(await contents((await build()).archive)).toEqual(await contents(whole.archive));
});

test("is told nothing by the environment: flags of opa in it change no bundle", async () => {
  const built = async (command: OpaCommand) =>
    contents((await buildSources(command, await readSources(folder.dir), folder.outDir)).archive);
  process.env["OPA_BUILD_OPTIMIZE"] = "not a number";
  try {
    await expect(built({ path: opa, environment: { ...process.env } })).rejects.toThrow();
    expect(Object.keys(await built({ path: opa, environment: environmentWithout("OPA_") }))).toContain("/policy.wasm");
    // Absent, the environment of the whole process would count, which a change of this test's own copy does not reach.
    const command = configuredOpa(join(root, "no.yaml"));
    expect(Object.keys(command.environment ?? { OPA_UNKNOWN: "" }).filter((name) => name.startsWith("OPA_"))).toEqual(
      [],
    );
    expect(Object.keys(await built(command))).toContain("/policy.wasm");
  } finally {
    delete process.env["OPA_BUILD_OPTIMIZE"];
  }
});

test("has OPA judge data and rules together where data lie in the path of a rule", async () => {
  await build();
  await runs();
  await folder.write("sallyport/main/data.json", '{"visible": {"visible": true}}');
  const { archive } = await build();
  expect(await runs()).toContain("build wasm");
  const whole = await buildSources(opa, await readSources(folder.dir), join(root, "whole"));
  expect(await contents(archive)).toEqual(await contents(whole.archive));
});

test("tells the mistakes of data that a rule lacks, with their place, although the rules come from the cache", async () => {
  await folder.write(MAIN, mainRego("ONE").replace('"message": "no"', '"message": data.words.first'));
  await build();
  await runs();
  await folder.write("words/data.yaml", "second: 1\n");
  const mistakes = async (how?: BuildCache): Promise<unknown> =>
    build(how).then(
      ({ warnings }) => warnings,
      (failure: Error) => failure.message,
    );
  const cached = await mistakes();
  expect(await runs()).not.toContain("build wasm");
  expect(cached).toEqual(await mistakes({ get: async () => null, put: async () => undefined }));
  expect(JSON.stringify(cached)).toContain(`${MAIN}:`);
});

test("builds anew what somebody changed in the cache, tells it, and keeps the right result again", async () => {
  const { archive } = await build();
  const before = await readFile(archive);
  await runs();
  for (const name of await readdir(join(root, "cache"))) {
    const bytes = await readFile(join(root, "cache", name));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(join(root, "cache", name), bytes);
  }
  expect((await readFile((await build()).archive)).equals(before)).toBe(true);
  expect(await runs()).toContain("build wasm");
  expect(told).toContain("an entry of the policy cache is not used; it is built anew");
  await build();
  expect(await runs()).toEqual([]);
});

test("refuses sources whose signature does not hold, although the cache has what was built of the very same bytes", async () => {
  const signing = await signingRoom();
  const room = await archiveRoom();
  try {
    const signer = await signing.signer("ES256");
    const { path } = await room.bundle("team", {
      "team/team.rego": current,
      "words/data.json": '{"first": "hello", "list": ["a"]}',
    });
    const signed = await signing.signed(path, signer, { iat: 1_750_000_000, exp: 1_750_000_200 });
    const start = async (now: number): Promise<string | undefined> => {
      const none = (): Promise<null> => Promise.resolve(null);
      const marks: BundleMarks = { newest: none, contentOf: none, add: () => Promise.resolve() };
      const bundles = room.folder.bundles({
        engine: createPolicyEngine(),
        opa: countingOpa,
        cache,
        watch: false,
        sources: [room.only, { kind: "archive", path: signed }],
        clock: { now: () => now, monotonic: () => performance.now() },
        signing: { trust: trusting(signer), marks },
      });
      await bundles.start();
      return bundles.active()?.revision;
    };
    const revision = await start(1_750_000_100_000);
    await runs();
    expect(await start(1_750_000_100_000)).toBe(revision);
    expect(await runs()).toEqual([]);
    await expect(start(1_750_000_300_000)).rejects.toThrow("the signature ended at");
  } finally {
    await room.remove();
    await signing.remove();
  }
});
