import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ENTRYPOINTS } from "../../../../gateway/bundles/build/entrypoints.ts";
import type { BundleFailure } from "../../../../gateway/bundles/failure.ts";
import { checkRules } from "../../../../gateway/bundles/rule-checks/check-rules.ts";
import { runOpa } from "../../../../gateway/bundles/build/opa.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { base, path } from "./support/small-policy.ts";

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "sallyport-checks-"));
});
afterAll(() => rm(out, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

/** With `opa build` alone, as whoever has no gateway at hand would. */
async function bundle(files: Files, more: readonly string[] = []): Promise<string> {
  const folder = await mkdtemp(join(out, "source-"));
  for (const [name, text] of Object.entries({ ...base, ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const archive = join(folder, "..", `${basename(folder)}.tar.gz`);
  const entrypoints = [...ENTRYPOINTS, ...more].flatMap((entrypoint) => ["-e", entrypoint]);
  await runOpa(opa, ["build", "--bundle", "-t", "wasm", "-o", archive, ...entrypoints, "."], folder, "compile");
  return archive;
}

const onlyRego = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name.endsWith(".rego")));

/** `written`: with the modules beside the archive, as where the gateway compiles them. */
async function refused(files: Files, more: readonly string[] = [], written = false): Promise<unknown> {
  const check = {
    opa,
    archive: await bundle(files, more),
    modules: written ? onlyRego({ ...base, ...files }) : null,
    origins: null,
    roots: [],
    optional: [],
    exportsAsTheyAre: false,
    known: null,
  };
  return checkRules(check, "load")
    .then(({ warnings }) => warnings)
    .catch((error: unknown) => (error as BundleFailure).message);
}

test("refuses rules that are never evaluated and exports without effect, and takes a good one", async () => {
  expect(await refused({})).toEqual([]);
  expect(await refused({ [path]: "package sallyport.rules.mine.x\n\ndenies contains 1\n" })).toContain(
    "did you mean deny?",
  );
  const obliged =
    'package sallyport.rules.mine.x\n\noblige contains {"type": "redact_result", "patterns": ["email"]}\n';
  expect(await refused({ [path]: obliged })).toContain("does not carry out redact_result");
});

test("only warns of other packages, since opa build takes the entrypoints out of the modules", async () => {
  const found = await refused({ "e.rego": "package sallyport.extra\n\nx contains 1\n" });
  expect(found).toEqual([
    { file: "e.rego", line: 1, message: "package sallyport.extra is never evaluated: no entrypoint reaches it" },
  ]);
});

test("refuses a rule about the log that nobody would ask, and takes one that is asked", async () => {
  const log = { "log.rego": 'package system.log\n\nmask contains "/input/context/arguments/card"\n' };
  expect(await refused(log)).toContain("compile the archive with opa build --entrypoint system/log/mask too");
  expect(await refused(log, ["system/log/mask"])).toEqual([]);
  expect(await refused(log, ["system/log/mask"], true)).toEqual([]);
  const elsewhere = { "log.rego": 'package system\n\nlog.mask contains "/input/context/arguments/card"\n' };
  expect(await refused(elsewhere, [], true)).toContain("write it as a rule mask in a file with the package system.log");
});

test("leaves packages of helpers alone that no rule uses, below sallyport.lib and nowhere else", async () => {
  const helpers = (name: string) => ({ [`${name}.rego`]: `package sallyport.${name}\n\nkinds contains 1\n` });
  expect(await refused(helpers("lib.more"))).toEqual([]);
  expect(await refused(helpers("libs.more"))).toHaveLength(1);
});

test("a built archive asks each rule package by its name, also for what that does not export", async () => {
  const main = "sallyport/main/main.rego";
  const asking = (name: string) => ({
    [main]: `${base[main]}\n_redactions contains data.sallyport.rules.mine.${name}.redact[_]\n`,
  });
  expect(await refused(asking("good"))).toEqual([]);
  expect(await refused(asking("nothere"))).toContain(
    "no rule and no data document is data.sallyport.rules.mine.nothere",
  );
});
