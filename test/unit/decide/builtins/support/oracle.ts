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
 * process. Arguments come from the input, or for sets from a list at a place that the input names, so that OPA's type
 * checker cannot refuse a wrong one.
 */
export function askOpa(calls: readonly Call[]): (Value | undefined)[] {
  const folder = mkdtempSync(join(tmpdir(), "opa-oracle-"));
  try {
    const { module, input } = program(calls);
    writeFileSync(join(folder, "oracle.rego"), module);
    writeFileSync(join(folder, "input.json"), input);
    const output = execFileSync(
      "opa",
      [
        "eval",
        "-f",
        "json",
        "-d",
        join(folder, "oracle.rego"),
        "-i",
        join(folder, "input.json"),
        "data.oracle.answers",
      ],
      { encoding: "utf8", maxBuffer: 1 << 28 },
    );
    const result = at(parseValue(output, true), "result", 0, "expressions", 0, "value") as RegoObject;
    return calls.map((_, index) => result.get(String(index)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function program(calls: readonly Call[]): { module: string; input: string } {
  const literals: string[] = ['{"a"}', '"a"', "1", "null", "true", "[1]", '{"a": 1}', "set()"];
  const shapes = new Map<string, { call: Call; members: string[] }>();
  const rules: string[] = [];
  for (const [index, call] of calls.entries()) {
    if (call.args.every(isJson)) {
      const shape = `${call.name}/${call.args.length}`;
      const group = shapes.get(shape) ?? { call, members: [] };
      shapes.set(shape, group);
      group.members.push(`"${index}":${dumpValue(call.args)}`);
    } else {
      const operands = call.args.map((value) => `literals[input.at[${literals.push(dumpValue(value)) - 1}]]`);
      rules.push(`answers["${index}"] := x if { x := ${call.name}(${operands.join(", ")}) }`);
    }
  }
  for (const [shape, { call }] of shapes) {
    const operands = call.args.map((_, position) => `args[${position}]`);
    rules.push(`answers[i] := x if { args := input.calls["${shape}"][i]; x := ${call.name}(${operands.join(", ")}) }`);
  }
  const groups = [...shapes].map(([shape, { members }]) => `"${shape}":{${members.join(",")}}`);
  return {
    module: `package oracle\nliterals := [${literals.join(",\n")}]\n${rules.join("\n")}\n`,
    input: `{"at":${JSON.stringify(literals.map((_, index) => index))},"calls":{${groups.join(",")}}}`,
  };
}

function isJson(value: Value): boolean {
  if (value instanceof RegoSet) return false;
  if (value instanceof RegoObject) {
    return value.entries().every(([key, item]) => typeof key === "string" && isJson(item));
  }
  return !Array.isArray(value) || (value as readonly Value[]).every(isJson);
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
      value
        .entries()
        .map(([key, item]) => [typeof key === "string" ? key : dumpValue(asPrinted(key)), asPrinted(item)]),
    );
  }
  return Array.isArray(value) ? (value as readonly Value[]).map(asPrinted) : value;
}
