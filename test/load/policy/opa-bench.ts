import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "../machine/process.ts";
import { findProgram } from "../machine/tools.ts";
import { policyPath } from "../world/policy.ts";

/** µs of one evaluation as `opa bench` measures it: Go, its rule index, and the input parsed beforehand. Null without opa. */
export async function opaBenchUs(dir: string, policyFolder: string, document: object): Promise<number | null> {
  const program = findProgram("opa");
  if (program === null) return null;
  const input = join(dir, "opa-bench-input.json");
  await writeFile(input, JSON.stringify(document));
  const flags = ["--bundle", policyFolder, "--input", input, "--format", "json", "--metrics=false", "--benchmem=false"];
  const output = await runProcess([program, "bench", ...flags, `data.${policyPath.replaceAll("/", ".")}`]);
  const { N: runs, T: nanoseconds } = JSON.parse(output) as { readonly N: number; readonly T: number };
  return nanoseconds / runs / 1_000;
}
