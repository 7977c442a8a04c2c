import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dumpValue } from "../../../gateway/decide/value.ts";
import type { Declared } from "./builtins.ts";
import type { Arguments } from "./calls.ts";

/** One case a builtin in the format of OPA's own cases, so that the same compiler and interpreter are asked. */
export async function writeCase(folder: string, builtin: Declared, calls: readonly Arguments[]): Promise<void> {
  const one = {
    note: builtin.name,
    query: "data.differential.answers = x",
    modules: [moduleFor(builtin)],
    input_term: inputFor(calls.map((args, index) => [index, args])),
  };
  await writeFile(join(folder, `${builtin.name}.yaml`), JSON.stringify({ cases: [one] }));
}

/** Arguments come from the input, so that the type checker cannot refuse a wrong one. */
function moduleFor({ name, args, relation }: Declared): string {
  if (name === "internal.template_string") return moduleOf('$"<{args[0]}>{args[0]}"');
  const given = args.map((_, position) => `args[${position}]`);
  const answer = relation ? `{y | ${name}(${[...given, "y"].join(", ")})}` : `${name}(${given.join(", ")})`;
  return moduleOf(answer);
}

function moduleOf(answer: string): string {
  return `package differential\n\nanswers[i] := x if {\n\targs := input.calls[i]\n\tx := ${answer}\n}\n`;
}

export function inputFor(calls: readonly (readonly [number, Arguments])[]): string {
  const all = calls.map(([index, args]) => `"${index}":${dumpValue(args)}`).join(",");
  // OPA's parser refuses a byte order mark that is not escaped.
  return `{"calls":{${all.replaceAll("\ufeff", "\\ufeff")}}}`;
}
