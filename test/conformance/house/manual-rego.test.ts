/** The Rego of the manual, as it stands, is part of a policy that becomes active. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { opa } from "../../unit/decide/support/compile-rego.ts";
import { inProcess } from "../../unit/cli/run.ts";
import { root } from "./guards/tree.ts";

interface Example {
  /** Where it stands: page and line. */
  readonly at: string;
  readonly page: string;
  readonly text: string;
}

const pages = [
  "README.md",
  ...readdirSync(join(root, "docs")).flatMap((name) => (/\.md$/.test(name) ? [`docs/${name}`] : [])),
];
const examples = pages.flatMap((page) => examplesOf(page, readFileSync(join(root, page), "utf8")));

/** Each block of Rego; one within a list is indented as the list is. */
function examplesOf(page: string, manual: string): Example[] {
  return [...manual.matchAll(/^( *)```rego\n(.*?)^ *```$/gms)].map(({ 1: indent = "", 2: text = "", index }) => ({
    at: `${page}:${manual.slice(0, index).split("\n").length + 1}`,
    page,
    text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

test("finds the manual's examples, and each of them says its package", () => {
  expect(examples.length).toBeGreaterThan(10);
  expect(examples.filter(({ text }) => !/^package \S+$/m.test(text)).map(({ at }) => at)).toEqual([]);
});

/** What the gateway's policy has packages for; discovery documents and rules about the configuration are read by themselves. */
const ofPolicy = /^package (?:sallyport\.|system\.log$)/m;

async function withExamples<R>(some: readonly Example[], use: (folder: string) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-manual-"));
  try {
    for (const { at, text } of some) {
      const suffix = /^package \S+_test$/m.test(text) ? "_test" : "";
      writeFileSync(join(folder, `${at.replaceAll(/\W+/g, "_")}${suffix}.rego`), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("every example of a rule compiles, strictly and with the library's schemas, and passes the checks of a policy", async () => {
  const rules = examples.filter(({ text }) => ofPolicy.test(text));
  const checked = await withExamples(rules, (folder) => inProcess(["policy", "check", "library", folder]));
  expect(checked).toMatchObject({ code: 0, stderr: "" });
});

test("every other example compiles with OPA", async () => {
  const others = examples.filter(({ text }) => !ofPolicy.test(text));
  await withExamples(others, (folder) => promisify(execFile)(opa, ["check", "--strict", folder]));
});
