import { readdir, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { ActivePolicy, Bundles } from "../../../gateway/domain/ports.ts";
import { decide } from "../../../gateway/decide/decide.ts";
import { inputOf } from "../decide/support/compile-rego.ts";
import { catalog, mainRego, type PolicyFolder, policyFolder } from "./support/policy-folder.ts";

const MAIN = "sallyport/main/main.rego";
let folder: PolicyFolder;

beforeEach(async () => {
  folder = await policyFolder({ [MAIN]: mainRego("ONE"), "data.json": catalog });
});
afterEach(() => folder.remove());

const codeOf = (policy: ActivePolicy | null): string | undefined =>
  policy === null ? undefined : decide(policy, inputOf({})).reasons[0]?.code;

async function started(options: Parameters<PolicyFolder["bundles"]>[0] = {}): Promise<Bundles> {
  const bundles = folder.bundles(options);
  await bundles.start();
  return bundles;
}

test("activates a folder of rules: decisions, rules with their METADATA, catalog, archive", async () => {
  const bundles = await started({ watch: false });
  const policy = bundles.active() as ActivePolicy;
  expect(codeOf(policy)).toBe("ONE");
  expect(policy.rules).toEqual([
    {
      rule: "main/denials",
      title: "Always denied",
      description: "So that every answer names its revision.",
      code: "ONE",
      severity: "low",
      controls: ["ASI02"],
      owner: "testers",
      file: MAIN,
      line: 21,
    },
  ]);
  expect(policy.catalog("payments", "get_order")).toMatchObject({
    known: true,
    sensitivity: "low",
    reversible: true,
    sink: "internal",
    owner: "payments",
    labels: ["a"],
  });
  expect(policy.catalog("payments", "constructor").known).toBe(false);
  expect(await readdir(folder.outDir)).toEqual([`${policy.revision}.tar.gz`]);
  expect(bundles.status()).toMatchObject({
    active: { revision: policy.revision, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    failure: null,
  });
});

test("activates an edit, and a request that began before keeps its revision", async () => {
  const bundles = await started();
  const before = bundles.active() as ActivePolicy;
  for (const code of ["EDIT_1", "EDIT_2"]) {
    const revision = bundles.active()?.revision;
    const changed = folder.next(bundles, ({ active }) => active?.revision !== revision);
    await folder.write(MAIN, mainRego(code));
    await changed;
    expect([codeOf(bundles.active()), codeOf(before)]).toEqual([code, "ONE"]);
  }
});

test("keeps the last good policy through a broken edit, says file, line and message, and recovers", async () => {
  const bundles = await started();
  const broken = folder.next(bundles, ({ failure }) => failure !== null);
  await folder.write(MAIN, `${mainRego("TWO")}\ndeny contains {\n`);
  const { active, failure } = await broken;
  expect(failure?.stage).toBe("compile");
  expect(failure?.locations[0]).toEqual({ file: MAIN, line: 34, message: "rego_parse_error: unexpected eof token" });
  expect(failure?.message).toMatch(/^sallyport\/main\/main\.rego:34: rego_parse_error/);
  expect(folder.logged).toContain(`${MAIN}:34: rego_parse_error: unexpected eof token`);
  expect(active?.revision).toBe(bundles.active()?.revision);
  expect(codeOf(bundles.active())).toBe("ONE");
  const mended = folder.next(bundles, ({ failure: still }) => still === null);
  await folder.write(MAIN, mainRego("THREE"));
  await mended;
  expect(codeOf(bundles.active())).toBe("THREE");
});

test("is over a failure when the edit is taken back, without building again", async () => {
  const bundles = await started();
  const revision = bundles.active()?.revision;
  const broken = folder.next(bundles, ({ failure }) => failure !== null);
  await folder.write(MAIN, "package sallyport.main\n\nx {");
  await broken;
  const back = folder.next(bundles, ({ failure }) => failure === null);
  await folder.write(MAIN, mainRego("ONE"));
  await back;
  expect(bundles.active()?.revision).toBe(revision);
  expect(folder.logged.filter((line) => line === "policy active")).toHaveLength(1);
});

test("ignores an edit that changes nothing, and files that are no source", async () => {
  const bundles = await started();
  const seen: unknown[] = [];
  bundles.watch((status) => seen.push(status));
  await utimes(join(folder.dir, MAIN), new Date(), new Date());
  await folder.write(MAIN, mainRego("ONE"));
  await folder.write("sallyport/main/main_test.rego", "package broken {");
  await folder.write("notes.md", "x");
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(seen).toEqual([]);
});

test("answers every evaluation from one whole revision while edits, some broken, keep coming", async () => {
  const bundles = await started();
  const codes = new Map<string, string>();
  let [evaluations, going] = [0, true];
  const load = (async () => {
    for (; going; evaluations += 1) {
      const policy = bundles.active() as ActivePolicy;
      const first = codeOf(policy);
      await new Promise((resolve) => setImmediate(resolve));
      expect(codeOf(policy)).toBe(first);
      expect(codes.get(policy.revision) ?? first).toBe(first);
      codes.set(policy.revision, first as string);
    }
  })();
  for (let edit = 1; edit <= 9; edit += 1) {
    const broken = edit % 3 === 0;
    const noticed = folder.next(bundles, ({ failure }) =>
      broken ? failure !== null : codeOf(bundles.active()) === `EDIT_${edit}`,
    );
    await folder.write(MAIN, broken ? "package sallyport.main\n\nx {" : mainRego(`EDIT_${edit}`));
    await noticed;
  }
  const last = folder.next(bundles, () => codeOf(bundles.active()) === "LAST");
  await folder.write(MAIN, mainRego("LAST"));
  await last;
  going = false;
  await load;
  expect(codeOf(bundles.active())).toBe("LAST");
  expect(evaluations).toBeGreaterThan(100);
  expect([...codes.values()].every((code) => /^(ONE|EDIT_[124578])$|^LAST$/.test(code))).toBe(true);
});

test("refuses to start on a broken policy with file, line and message, and names no folder of the machine", async () => {
  await folder.write(MAIN, "package sallyport.main\n\nallow if {\n");
  await expect(started()).rejects.toThrow(/^sallyport\/main\/main\.rego:4: rego_parse_error/);
  await folder.write(MAIN, mainRego("ONE"));
  await folder.write("data.json", "{");
  const error = await started().catch((thrown: Error) => thrown.message);
  expect(error).toMatch(/^data\.json:1:2: /);
  expect(error).not.toContain(folder.dir);
});

test("refuses a policy whose answer to the self-test is not well formed", async () => {
  await folder.write(MAIN, mainRego("ONE").replace('"effect": "deny"', '"effect": "perhaps"'));
  await expect(started()).rejects.toThrow(/self-test:1: .*effect is "perhaps"/);
});

test("refuses a policy that a golden case contradicts, and names the case", async () => {
  const golden = (code: string): string =>
    JSON.stringify({
      name: "denies with its code",
      entrypoint: "decision",
      input: {},
      want: { effect: "deny", reasons: [{ code }] },
    });
  await folder.write("golden/code.json", golden("ONE"));
  await started({ watch: false });
  await folder.write("golden/code.json", golden("OTHER"));
  await expect(started({ watch: false })).rejects.toThrow(
    'golden/code.json:1: denies with its code: /reasons/0/code is "ONE", wanted "OTHER"',
  );
  await folder.write("golden/code.json", "{");
  await expect(started({ watch: false })).rejects.toThrow("golden/code.json:1: golden case is not JSON");
});

test("refuses a builtin that the folder's capabilities do not list, and says what to do instead", async () => {
  await folder.write(
    "capabilities.json",
    JSON.stringify({ builtins: [], features: ["rego_v1"], wasm_abi_versions: [{ version: 1, minor_version: 1 }] }),
  );
  await folder.write(MAIN, `${mainRego("ONE")}\nx := http.send({})\n`);
  await expect(started()).rejects.toThrow(
    /main\.rego:33: rego_type_error: undefined function http\.send \(a policy that calls out cannot be replayed/,
  );
});

test("refuses a rule that reads a field which the folder's schemas do not have", async () => {
  const schema = new URL("../../../rego/schemas/input.json", import.meta.url);
  await folder.write("schemas/input.json", await readFile(schema, "utf8"));
  const root = "# METADATA\n# scope: subpackages\n# schemas:\n#   - input: schema.input\npackage sallyport\n";
  await folder.write("sallyport/sallyport.rego", root);
  await folder.write(MAIN, `${mainRego("ONE")}\n_x if input.subjekt\n`);
  await expect(started({ watch: false })).rejects.toThrow(
    /main\.rego:33: rego_type_error: undefined ref: input\.subjekt/,
  );
  await folder.write(MAIN, `${mainRego("ONE")}\n_x if input.subject\n`);
  expect(codeOf((await started({ watch: false })).active())).toBe("ONE");
});

test("loads a built archive, without the folder it came from", async () => {
  const built = await started({ watch: false });
  const file = join(folder.outDir, `${built.active()?.revision}.tar.gz`);
  const bundles = await started({ sources: [{ kind: "archive", path: file }], watch: false });
  expect(codeOf(bundles.active())).toBe("ONE");
  expect(bundles.active()).toMatchObject({ revision: built.active()?.revision, digest: built.active()?.digest });
  expect(bundles.active()?.rules.map(({ code }) => code)).toEqual(["ONE"]);
});

test("keeps only the newest archives and never removes the active one", async () => {
  const bundles = await started({ keepArchives: 2 });
  for (const code of ["TWO", "THREE", "FOUR"]) {
    const changed = folder.next(bundles, ({ failure }) => failure === null);
    await folder.write(MAIN, mainRego(code));
    await changed;
  }
  await bundles.close();
  const kept = await readdir(folder.outDir);
  expect(kept).toHaveLength(2);
  expect(kept).toContain(`${bundles.active()?.revision}.tar.gz`);
});
