import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type { Entrypoint, NotedFault } from "../../domain/ports.ts";
import { type Golden, policyInputOf } from "../golden.ts";
import type { Candidates, InputPath } from "./candidates.ts";

export interface Swept {
  readonly evaluations: number;
  /** One for each kind and place, with the values that led to it. */
  readonly faults: readonly { readonly fault: NotedFault; readonly example: string }[];
}

export interface SweptPolicy {
  /** Notes faults instead of throwing them. */
  readonly ask: (entrypoint: Entrypoint, input: PolicyInput) => void;
  readonly faults: () => readonly NotedFault[];
}

const MOST_EVALUATIONS = 6_000;
const FEWEST_ROUNDS = 20;
const SEED = 20_260_101;

/**
 * Asks a policy many questions: the golden ones, changed at the places that each package looks at, to the values that it
 * compares them with. The same policy gets the same questions.
 */
export function sweep(policy: SweptPolicy, candidates: readonly Candidates[], cases: readonly Golden[]): Swept {
  const next = chance(SEED);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
  const rounds = Math.max(FEWEST_ROUNDS, Math.floor(MOST_EVALUATIONS / Math.max(candidates.length, 1)));
  const found = new Map<string, { fault: NotedFault; example: string }>();
  let evaluations = 0;
  for (const { places } of candidates)
    for (let round = 0; round < rounds; round += 1) {
      const { entrypoint, input } = pick(cases);
      const document = structuredClone(input.document) as unknown as JsonObject;
      const chosen = places.filter(() => next() < 0.8).map(({ path, values }) => ({ path, value: pick(values) }));
      for (const { path, value } of chosen) change(document, path, value);
      policy.ask(entrypoint, policyInputOf(document));
      evaluations += 1;
      const faults = policy.faults();
      if (faults.length === found.size) continue;
      for (const fault of faults) {
        const key = JSON.stringify([fault.entrypoint, fault.code, fault.place]);
        if (!found.has(key)) found.set(key, { fault, example: chosen.map(asText).join(", ") });
      }
    }
  return { evaluations, faults: [...found.values()] };
}

function asText({ path, value }: { readonly path: InputPath; readonly value: JsonValue }): string {
  return `input.${path.join(".")} = ${JSON.stringify(value)}`;
}

/** Sets a value; a tool is named in three places. Where the way leads through something else than an object, nothing is done. */
function change(document: JsonObject, path: InputPath, value: JsonValue): void {
  let at: JsonValue | undefined = document;
  for (const name of path.slice(0, -1)) {
    if (!isJsonObject(at)) return;
    at = at[name];
  }
  if (at === undefined || !isJsonObject(at)) return;
  (at as Record<string, JsonValue>)[path.at(-1) ?? ""] = value;
  if (path.join(".") !== "resource.id" || typeof value !== "string") return;
  const [server = "", ...tool] = value.split("/");
  change(document, ["resource", "properties", "server"], server);
  change(document, ["resource", "properties", "tool"], tool.join("/"));
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
