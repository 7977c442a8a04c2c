import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { opaFor, parseOpaErrors, runOpa, runOpaHere } from "../../../../gateway/bundles/build/opa.ts";
import { releaseOpa } from "../../../../gateway/bundles/thread/opa-thread.ts";
import { eventually } from "../../../support/eventually.ts";

const locations = (output: string) => parseOpaErrors(output, "compile").locations;

test("finds each of several errors", () => {
  const output =
    "error: 2 errors occurred:\na/b.rego:3: rego_type_error: one\nc.rego:14: rego_unsafe_var_error: var x is unsafe\n";
  expect(locations(output)).toEqual([
    { file: "a/b.rego", line: 3, message: "rego_type_error: one" },
    { file: "c.rego", line: 14, message: "rego_unsafe_var_error: var x is unsafe" },
  ]);
});

test("finds a single error behind its introduction, and leaves the excerpt out", () => {
  const output =
    "error: load error: bundle .: 1 error occurred: a/window.rego:35: rego_parse_error: unexpected eof token\n\tdeny contains x if { \n\t   ^\n";
  expect(parseOpaErrors(output, "compile").message).toBe("a/window.rego:35: rego_parse_error: unexpected eof token");
});

test("finds data files that do not parse, with the line where there is one", () => {
  expect(locations("error: load error: bundle .: bundle load failed on x/data.json: unexpected EOF")).toEqual([
    { file: "x/data.json", line: 1, message: "unexpected EOF" },
  ]);
  expect(locations("error: load error: bundle .: bundle load failed on x/data.yaml: yaml: line 4: bad")).toEqual([
    { file: "x/data.yaml", line: 4, message: "yaml: bad" },
  ]);
});

test("keeps a message without a location, without the usage text behind it", () => {
  const { message, locations: none } = parseOpaErrors(
    'error: entrypoint "x/y" does not refer to a rule\nUsage:\n  opa build',
    "compile",
  );
  expect([message, none]).toEqual(['entrypoint "x/y" does not refer to a rule', []]);
  expect(parseOpaErrors("", "compile").message).toBe("opa failed without a message");
});

test.each([
  ["http.send", "put the fact into the input"],
  ["net.lookup_ip_addr", "input.context.urls"],
  ["opa.runtime", "input.context.gateway"],
  ["rego.parse_module", "opa parse"],
])("says what to do instead of %s, which is refused on purpose", (name, advice) => {
  const output = `error: 1 error occurred: a.rego:1: rego_type_error: undefined function ${name}`;
  expect(locations(output)[0]?.message).toContain(advice);
});

test("OPA collects less garbage for a small policy, unless the environment says how often", () => {
  const opa = (environment: NodeJS.ProcessEnv) => ({ path: "opa", timeoutMs: 5, environment });
  expect(opaFor(1_000, opa({ PATH: "/bin" }))).toEqual(opa({ GOGC: "400", PATH: "/bin" }));
  expect(opaFor(1_000, opa({ GOGC: "50" }))).toEqual(opa({ GOGC: "50" }));
  expect(opaFor(2 * 1024 * 1024, opa({ PATH: "/bin" }))).toEqual(opa({ PATH: "/bin" }));
  expect([opaFor(1_000, "opa"), opaFor(1_000, { path: "opa" })]).toEqual(["opa", { path: "opa" }]);
});

test.each([
  ["of another thread, which stands still while it starts", runOpa, false],
  ["of the thread that asks, where that is one of a build", runOpaHere, true],
])("OPA runs as a process %s", async (_whose, run, isHere) => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-opa-"));
  try {
    const [program, begun, go] = ["opa", "begun", "go"].map((name) => join(folder, name)) as [string, string, string];
    await writeFile(program, `#!/bin/sh\necho $1; : > '${begun}'; while [ ! -e '${go}' ]; do sleep 0.02; done\n`);
    await chmod(program, 0o755);
    const running = run({ path: program, timeoutMs: 60_000 }, ["version"], folder, "load");
    await eventually("it runs", () => existsSync(begun) || null);
    expect(process.getActiveResourcesInfo().includes("ProcessWrap")).toBe(isHere);
    await writeFile(go, "");
    expect(await running).toBe("version\n");
  } finally {
    await releaseOpa();
    await rm(folder, { recursive: true, force: true });
  }
});
