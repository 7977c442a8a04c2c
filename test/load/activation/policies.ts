import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { copyPolicy } from "../../support/policy-copy.ts";

/** The policy library with the demonstration's layer, and what is written into it. */
export interface BenchPolicy {
  readonly dir: string;
  write(path: string, text: string | Uint8Array): Promise<void>;
}

export async function benchPolicy(folder: string): Promise<BenchPolicy> {
  const { dir, dropGoldenCases } = copyPolicy(folder);
  await dropGoldenCases();
  return {
    dir,
    async write(path, text) {
      const aside = join(folder, "aside");
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(aside, text);
      // Nobody reads half of it.
      await rename(aside, join(dir, path));
    },
  };
}

/** Tools of one more server in the catalog. */
export function catalogOf(tools: number, sensitivity: "low" | "high"): string {
  const line = { sensitivity, reversible: true, sink: "none", owner: "bench", labels: [] };
  const names = Array.from({ length: tools }, (_, index) => [`tool_${index}`, line]);
  return JSON.stringify(Object.fromEntries(names));
}

export const catalogFile = "sallyport/catalog/bench/data.json";

const reason = (code: string): string => `# METADATA
# title: Too much
# description: A rule of the bench.
# custom:
#   code: ${code}
#   severity: low
#   controls: [ASI02]
#   owner: bench
_much := reason.of(rego.metadata.chain())
`;

/** A rule in a folder of its own. */
export function ruleText(index: number, most: number): string {
  return `package sallyport.rules.bench.rule_${index}

import data.sallyport.reason

${reason(`BENCH_${index}`)}
deny contains _much if {
	input.resource.id == "bench/tool_${index}"
	input.context.arguments.amount > ${most}
}
`;
}

export const ruleFile = (index: number): string => `sallyport/rules/bench/rule_${index}/rule_${index}.rego`;

/** The package of one tool. */
export function toolText(index: number): string {
  return `package sallyport.tools.bench.tool_${index}

import data.sallyport.reason

${reason(`BENCH_TOOL_${index}`)}
deny contains _much if input.context.arguments.amount > ${index}
`;
}

export const toolFile = (index: number): string => `sallyport/tools/bench/tool_${index}/tool_${index}.rego`;

export const largeFile = "large/data.json";

/** Data of about so many megabytes that no rule reads. */
export function largeData(megabytes: number, first: number): Buffer {
  const rows = Array.from({ length: megabytes * 10_000 }, (_, index) => [
    `name-${index}`,
    { id: index + first, owner: "a-team-with-a-name", tags: ["one", "two", "three"], note: "x".repeat(20) },
  ]);
  return Buffer.from(JSON.stringify(Object.fromEntries(rows)));
}
