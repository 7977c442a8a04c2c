import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { findOpa, opaPath } from "../../../gateway/compose/find-opa.ts";
import { confinedOpaOf, opaOf } from "../../../gateway/compose/open-delivery.ts";
import { neededOpa } from "../../../gateway/cli/policy/opa.ts";
import type { Config } from "../../../gateway/config/config.ts";
import { opa } from "../decide/support/compile-rego.ts";

const config = { policy: { buildTimeoutMs: 1_000 } } as unknown as Config;

let folder: string;
let before: NodeJS.ProcessEnv;
beforeEach(() => {
  before = { ...process.env };
  folder = mkdtempSync(join(tmpdir(), "sallyport-opa-"));
  for (const name of ["opa", "other"]) writeFileSync(join(folder, name), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(folder, "text"), "");
});
afterEach(() => {
  for (const name of ["PATH", "SALLYPORT_OPA"])
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

/** The paths that verbs, the gateway's builds, and the tests of `policy.require` run. */
const all = () => [
  neededOpa(),
  ...[opaOf(config), confinedOpaOf(config)].map((one) => typeof one === "object" && one.path),
];

test("the one in SALLYPORT_OPA counts for verbs, for the gateway and for the tests of policy.require", () => {
  process.env["PATH"] = folder;
  process.env["SALLYPORT_OPA"] = at("other");
  expect(all()).toEqual(Array(3).fill(at("other")));
});

test("else the first on PATH counts, and else the one of the set-up script", () => {
  delete process.env["SALLYPORT_OPA"];
  process.env["PATH"] = [at("none"), "", folder].join(delimiter);
  expect(all()).toEqual(Array(3).fill(at("opa")));
  process.env["PATH"] = "";
  expect(all()).toEqual(Array(3).fill(opa));
});

test("one that is named and is no program is none, and no other is taken in its place", () => {
  process.env["SALLYPORT_OPA"] = at("text");
  expect([findOpa(), opaPath()]).toEqual([null, at("text")]);
  const message = expect.stringContaining(`SALLYPORT_OPA names ${at("text")}, which is no program`);
  expect(() => neededOpa()).toThrow(expect.objectContaining({ code: "opa_missing", message }));
  process.env["SALLYPORT_OPA"] = folder;
  expect(findOpa()).toBeNull();
});

test("a path that is relative is meant from where the process is, since OPA is run elsewhere", () => {
  process.env["SALLYPORT_OPA"] = relative(process.cwd(), at("other"));
  expect(findOpa()).toBe(at("other"));
});
