import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import { callsInCases } from "../../unit/decide/builtins/support/opa-cases.ts";
import { readCases } from "../rego/cases.ts";
import { type Declared, declaredBuiltins } from "./builtins.ts";
import { type Arguments, generateCalls } from "./calls.ts";
import { writeCase } from "./case-files.ts";
import { compareCase } from "./compare.ts";

export interface Differential {
  readonly builtins: number;
  readonly calls: number;
  readonly defined: number;
  readonly differences: readonly string[];
}

export interface DifferentialOptions {
  /** Calls of each builtin. */
  readonly each: number;
  readonly seed: number;
  /** Names; empty means all. */
  readonly only: readonly string[];
}

/** Every builtin with generated arguments, in the gateway's engine and in a real OPA. */
export async function differential({ each, seed, only }: DifferentialOptions): Promise<Differential> {
  const builtins = declaredBuiltins().filter(({ name }) => only.length === 0 || only.includes(name));
  const generated = callsOf(builtins, each, seed);
  const folder = await mkdtemp(join(tmpdir(), "sallyport-differential-"));
  try {
    for (const builtin of builtins) await writeCase(folder, builtin, generated.get(builtin.name) ?? []);
    const engine = createPolicyEngine({ limits: { fuel: 100_000_000 } });
    let [calls, defined] = [0, 0];
    const differences: string[] = [];
    for await (const test of readCases(folder)) {
      const compared = await compareCase(engine, test, generated.get(test.note) ?? []);
      calls += compared.calls;
      defined += compared.defined;
      differences.push(...compared.differences);
    }
    return { builtins: builtins.length, calls, defined, differences };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function callsOf(builtins: readonly Declared[], each: number, seed: number): ReadonlyMap<string, Arguments[]> {
  const known = Map.groupBy(callsInCases(new Set(builtins.map(({ name }) => name))), ({ name }) => name);
  return new Map(
    builtins.map((builtin, index) => {
      const ordinary = (known.get(builtin.name) ?? []).map(({ args }) => args);
      return [builtin.name, generateCalls(builtin, ordinary, each, seed + index)];
    }),
  );
}
