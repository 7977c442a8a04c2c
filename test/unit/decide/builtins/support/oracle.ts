import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Value } from "../../../../../gateway/decide/value.ts";
import { RegoObject, RegoSet, dumpValue, parseValue } from "../../../../../gateway/decide/value.ts";

/** One call of a builtin with ground arguments. */
export interface Call {
  readonly name: string;
  readonly args: readonly Value[];
}

/**
 * What a real OPA answers, in JSON (sets as sorted arrays); undefined where the call is undefined. All calls go to one
 * process. Arguments are looked up dynamically in one list, so that OPA's type checker cannot refuse a wrong one.
 */
export function askOpa(calls: readonly Call[]): (Value | undefined)[] {
  const folder = mkdtempSync(join(tmpdir(), "opa-oracle-"));
  try {
    const literals: string[] = ['{"a"}', '"a"', "1", "null", "true", "[1]", '{"a": 1}', "set()"];
    const rules = calls.map(({ name, args }, index) => {
      const operands = args.map((value) => `literals[input.at[${literals.push(dumpValue(value)) - 1}]]`);
      return `answers["${index}"] := x if { x := ${name}(${operands.join(", ")}) }`;
    });
    const module = `package oracle\nliterals := [${literals.join(",\n")}]\n${rules.join("\n")}\n`;
    writeFileSync(join(folder, "oracle.rego"), module);
    writeFileSync(join(folder, "input.json"), JSON.stringify({ at: literals.map((_, index) => index) }));
    const output = execFileSync(
      "opa",
      ["eval", "-f", "json", "-d", join(folder, "oracle.rego"), "-i", join(folder, "input.json"), "data.oracle.answers"],
      { encoding: "utf8", maxBuffer: 1 << 28 },
    );
    const result = at(parseValue(output, true), "result", 0, "expressions", 0, "value") as RegoObject;
    return calls.map((_, index) => result.get(String(index)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function at(value: Value, ...path: readonly (string | number)[]): Value {
  return path.reduce<Value>((current, key) => {
    const next = typeof key === "number" ? (current as readonly Value[])[key] : (current as RegoObject).get(key);
    if (next === undefined) throw new Error(`no ${key} in OPA's answer`);
    return next;
  }, value);
}

/** Sets as sorted arrays and keys as text, the shape in which OPA prints a result. */
export function asPrinted(value: Value): Value {
  if (value instanceof RegoSet) return value.values().map(asPrinted);
  if (value instanceof RegoObject) {
    return RegoObject.from(
      value.entries().map(([key, item]) => [typeof key === "string" ? key : dumpValue(asPrinted(key)), asPrinted(item)]),
    );
  }
  return Array.isArray(value) ? (value as readonly Value[]).map(asPrinted) : value;
}
