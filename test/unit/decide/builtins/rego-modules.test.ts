import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { rego } from "../../../../gateway/decide/builtins/rego.ts";
import { BUILTIN_NAMES } from "../../../../gateway/decide/builtins/rego/names.ts";
import { BuiltinError } from "../../../../gateway/decide/builtins/types.ts";
import type { Value } from "../../../../gateway/decide/value.ts";
import { dumpValue } from "../../../../gateway/decide/value.ts";
import { ODD, REFUSED_THOUGH_OPA_TAKES_THEM, mutations } from "./cases/modules.ts";
import { testContext } from "./support/context.ts";
import { modulesInCases } from "./support/opa-cases.ts";
import { askOpa } from "./support/oracle.ts";

const FOLDER = join(import.meta.dirname, "../../../../rego");

function ownModules(): readonly string[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rego"));
  return files.map((file) => readFileSync(join(FOLDER, file), "utf8"));
}

function parsed(text: string): Value | undefined {
  try {
    return rego["rego.parse_module"]?.(testContext(), "policy/x.rego", text);
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}

function show(value: Value | undefined): string {
  return value === undefined ? "undefined" : dumpValue(value);
}

/** The texts whose trees are not those of OPA, and how many OPA has a tree for. */
function compared(texts: readonly string[]): { trees: number; different: readonly string[] } {
  const wanted = askOpa(texts.map((text) => ({ name: "rego.parse_module", args: ["policy/x.rego", text] })));
  return {
    trees: wanted.filter((tree) => tree !== undefined).length,
    different: texts.filter((text, index) => show(parsed(text)) !== show(wanted[index])),
  };
}

describe("rego.parse_module", () => {
  test("parses every module of this gateway and of OPA's own cases as OPA does", () => {
    const { trees, different } = compared([...ownModules(), ...modulesInCases()]);
    expect(different).toEqual([]);
    expect(trees).toBeGreaterThan(1_500);
  });

  test("parses rare constructs as OPA does", () => {
    const { trees, different } = compared(ODD);
    expect(different).toEqual([]);
    expect(trees).toBeGreaterThan(ODD.length / 2);
  });

  test("parses modules with words missing, doubled or thrown in as OPA does", () => {
    const { trees, different } = compared(mutations(modulesInCases(), 6_000));
    expect(different).toEqual([]);
    expect(trees).toBeGreaterThan(300);
  });

  test.each(REFUSED_THOUGH_OPA_TAKES_THEM)("refuses what it would have to guess: %s", (_, text) => {
    expect(parsed(text)).toBeUndefined();
    expect(compared([text]).trees).toBe(1);
  });

  test("refuses brackets and chains that are nested without end", () => {
    for (const [open, close] of [
      ["[", "]"],
      ["{", "}"],
      ["f(", ")"],
      ["1 + ", ""],
      ["x[", "]"],
    ] as const) {
      expect(parsed(`package x\np := ${open.repeat(20_000)}1${close.repeat(20_000)}`)).toBeUndefined();
    }
    expect(parsed(`package x\np if { false } ${"else := 1 if { false } ".repeat(20_000)}`)).toBeUndefined();
  });

  test("knows the names of all builtins, which no rule written like a call may have", () => {
    const output = execFileSync("opa", ["capabilities", "--current"], { encoding: "utf8", maxBuffer: 1 << 26 });
    const { builtins } = JSON.parse(output) as { builtins: { name: string }[] };
    expect([...BUILTIN_NAMES].sort()).toEqual(builtins.map(({ name }) => name).sort());
  });
});
