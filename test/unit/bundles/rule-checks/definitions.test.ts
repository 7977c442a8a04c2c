import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Definition,
  definitionsOf,
  packageOf,
  ruleNamesOf,
} from "../../../../gateway/bundles/rule-checks/definitions.ts";
import { type Module, parseModules } from "../../../../gateway/bundles/rule-checks/modules.ts";
import { opa } from "../../decide/support/compile-rego.ts";

const rego = `package sallyport.rules.refunds.night

import data.sallyport.reason
import data.sallyport.lib.times as clock
import input.resource

deny contains reason.of("x") if {
	clock.hour > 18
	not by_day
}

by_day if resource.id in data.days[input.day].open

limit(amount) := found if {
	some found in data.limits
	clock := data.amounts[amount]
	clock.max > found
}

obligations contains {"type": "redact", "at": p} if some p in helpers

tested if {
	deny with data.limits as [1]
}

names.first.second := 1
`;

let module: Module;
let definitions: Map<string, Definition>;
beforeAll(async () => {
  const workspace = await mkdtemp(join(tmpdir(), "sallyport-definitions-"));
  try {
    const parsed = await parseModules(opa, { "night.rego": rego }, workspace);
    module = parsed[0]!;
    const names = new Set([...ruleNamesOf(module), "helpers"]);
    definitions = new Map(definitionsOf(module, names).map((one) => [one.name, one]));
  } finally {
    await rm(workspace, { recursive: true });
  }
}, 60_000);

const read = (name: string): string[] =>
  (definitions.get(name)?.references ?? []).map(({ path }) => path.map((part) => part ?? "_").join(".")).sort();
const home = "sallyport.rules.refunds.night";

test("reads the package and the names of its rules", () => {
  expect(packageOf(module).join(".")).toBe(home);
  expect(ruleNamesOf(module)).toEqual(["deny", "by_day", "limit", "obligations", "tested", "names"]);
});

test("follows imports by their name or alias, and rules of the package by their own", () => {
  expect(read("deny")).toEqual([`${home}.by_day`, "sallyport.lib.times.hour", "sallyport.reason.of"].sort());
  // In another file of the same package.
  expect(read("obligations")).toEqual([`${home}.helpers`]);
});

test("reads no data through input or a local variable, and a key that is not known as any", () => {
  expect(read("by_day")).toEqual(["days._.open"]);
  expect(read("limit")).toEqual(["amounts._", "limits"]);
});

test("tells functions from rules, and the whole name of a head", () => {
  expect(definitions.get("limit")?.isFunction).toBe(true);
  expect(definitions.get("deny")?.isFunction).toBe(false);
  expect(definitions.get("names")?.path.join(".")).toBe(`${home}.names.first.second`);
});

test("finds objects of a constant type, with their place", () => {
  expect(definitions.get("obligations")?.typed).toMatchObject([{ type: "redact", file: "night.rego" }]);
  expect(definitions.get("deny")?.typed).toEqual([]);
});

test("takes what is replaced by with for replaced and not for read", () => {
  expect(definitions.get("tested")?.replaced).toEqual([["limits"]]);
  expect(read("tested")).toEqual([`${home}.deny`]);
});
