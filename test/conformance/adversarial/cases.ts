import { readdir, readFile } from "node:fs/promises";
import { parse } from "yaml";
import { type CompiledRego, compileRego } from "../../unit/decide/support/compile-rego.ts";

/** A policy that must end in a named doubt. */
export interface AdversarialCase {
  readonly name: string;
  /** A rule `evil` and what it needs; `answer`, when there is one, is the whole answer. */
  readonly rego: string;
  /** Builtins it is about. */
  readonly needs?: readonly string[];
  /** Doubts it may end in; out of fuel when it says none. */
  readonly doubts?: readonly string[];
}

const folder = new URL("./cases/", import.meta.url);

export async function readCases(): Promise<AdversarialCase[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  const files = await Promise.all(names.map((name) => readFile(new URL(name, folder), "utf8")));
  return files.flatMap((text) => parse(text) as AdversarialCase[]);
}

/** Where the answer of the case at this place is asked for; `good` and `spin` are beside them. */
export function entrypointOf(place: number): string {
  return `adversarial/case${place}/decision`;
}

export const good = "adversarial/good/decision";
export const spin = "adversarial/spin/decision";

const ALLOW = '"effect": "allow", "reasons": [], "obligations": [], "approval": null, "risk": null';

/** All of them as one module, by OPA's own compiler. */
export function compileCases(cases: readonly AdversarialCase[]): Promise<CompiledRego> {
  const files: Record<string, string> = {
    "good.rego": `package adversarial.good\n\ndecision := {${ALLOW}} if is_string(input.long)\n`,
    // The plainest way to use up fuel: what the limit means in time.
    "spin.rego": `package adversarial.spin\n\ndecision := {${ALLOW}} if count([1 | some a in input.words; some b in input.words; a == b]) == 0\n`,
    "data.json": JSON.stringify({ tree: tree(7) }),
  };
  cases.forEach(({ rego }, place) => {
    const answer = /^answer :=/m.test(rego) ? "answer" : `{${ALLOW}}`;
    files[`case${place}.rego`] =
      `package adversarial.case${place}\n\n${rego}\ndecision := ${answer} if evil != ["never"]\n`;
  });
  return compileRego(files, [good, spin, ...cases.map((_, place) => entrypointOf(place))]);
}

function tree(depth: number): unknown {
  if (depth === 0) return "leaf";
  return Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, tree(depth - 1)]));
}
