import type { PolicyInput } from "../../domain/policy-input.ts";
import type { Entrypoint, NotedFault } from "../../domain/ports.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type GoldenCase, policyInputOf } from "../golden-cases.ts";
import { packageOf } from "./definitions.ts";
import { list, member, type Module, pathBelowRoot, text, variable, walk } from "./modules.ts";

export interface FuzzResult {
  readonly evaluations: number;
  /** One for each code and place, with the input values that led to it. */
  readonly faults: readonly { readonly fault: NotedFault; readonly example: string }[];
}

interface FuzzedPolicy {
  /** Collects faults instead of throwing them. */
  readonly ask: (entrypoint: Entrypoint, input: PolicyInput) => void;
  readonly faults: () => readonly NotedFault[];
}

const MAX_EVALUATIONS = 6_000;
const MIN_ROUNDS = 20;
const SEED = 20_260_101;

/**
 * Evaluates a policy with many inputs: the golden cases, changed at the places that each package reads to the values it
 * compares them with. The seed is fixed, so that the same policy gets the same inputs.
 */
export function fuzzPolicy(
  policy: FuzzedPolicy,
  candidates: readonly Candidates[],
  cases: readonly GoldenCase[],
): FuzzResult {
  const next = chance(SEED);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
  const rounds = Math.max(MIN_ROUNDS, Math.floor(MAX_EVALUATIONS / Math.max(candidates.length, 1)));
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

/** Sets a value, and for resource.id the server and tool too. Does nothing where the path leads through a value that is no object. */
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

type Scalar = string | number | boolean | null;
type InputPath = readonly string[];

/** Values to try at places of the input: those that the rules of one package compare them with. */
interface Candidates {
  /** e.g. "sallyport.rules.refunds.currency" */
  readonly package: string;
  readonly places: readonly { readonly path: InputPath; readonly values: readonly Scalar[] }[];
}

/** Tried for every argument, since an argument may be compared with something that is not a constant. */
const ANY: readonly Scalar[] = [0, 1, 1_000_000, "", "x", true, null];

/** The values to try for each package of a policy; packages that compare nothing are left out. */
export function candidateValues(modules: readonly Module[]): Candidates[] {
  const packages = Map.groupBy(modules, (module) => packageOf(module).join("."));
  return [...packages].flatMap(([name, together]) => {
    const places = new Map<string, { readonly path: InputPath; readonly values: Set<Scalar> }>();
    for (const module of together) collect(module, places);
    const tried = [...places.values()].map(({ path, values }) => ({ path, values: [...valuesFor(path, values)] }));
    const worth = tried.filter(({ values }) => values.length > 0);
    return worth.length === 0 ? [] : [{ package: name, places: worth }];
  });
}

function valuesFor(path: InputPath, values: ReadonlySet<Scalar>): ReadonlySet<Scalar> {
  const isArgument = path[0] === "context" && path[1] === "arguments" && path.length > 2;
  return isArgument ? new Set([...values, ...ANY]) : values;
}

type Places = Map<string, { readonly path: InputPath; readonly values: Set<Scalar> }>;

function collect({ tree }: Module, places: Places): void {
  const imports = importsOfInput(tree);
  for (const rule of list(tree["rules"])) {
    const names = new Map([...imports, ...aliasesIn(rule)]);
    walk(rule, [], (node) => {
      const terms = list(node["terms"] ?? (node["type"] === "call" ? node["value"] : undefined));
      const compared = terms.slice(1).flatMap((term) => inputPath(term, names) ?? []);
      const found = terms.slice(1).flatMap((term) => (inputPath(term, names) === null ? constantsIn(term) : []));
      const path =
        terms
          .slice(1)
          .map((term) => inputPath(term, names))
          .find((each) => each !== null) ?? null;
      if (compared.length > 0 && path !== null) note(places, path, found);
      const read = inputPath(node, names);
      if (read !== null) note(places, read, []);
      return true;
    });
  }
}

function note(places: Places, path: InputPath, values: readonly Scalar[]): void {
  if (path.length === 0) return;
  const key = JSON.stringify(path);
  const place = places.get(key) ?? { path, values: new Set<Scalar>() };
  for (const value of values) {
    place.values.add(value);
    // Both sides of a bound.
    if (typeof value === "number") place.values.add(value + 1).add(value - 1);
    if (typeof value === "boolean") place.values.add(!value);
  }
  places.set(key, place);
}

/** Scalars of a term, also those within a set or an array. */
function constantsIn(term: JsonValue): Scalar[] {
  const found: Scalar[] = [];
  walk(term, [], (node) => {
    const { type, value } = node;
    if (type === "string" || type === "number" || type === "boolean") found.push(value as Scalar);
    return type !== "ref" && type !== "call";
  });
  return found;
}

/** `import input.context.arguments` */
function importsOfInput(tree: JsonObject): [string, InputPath][] {
  return list(tree["imports"]).flatMap((one): [string, InputPath][] => {
    const path = member(member(one, "path"), "value");
    if (variable(list(path)[0]) !== "input") return [];
    const below = pathBelowRoot(path);
    const alias = member(one, "alias");
    return [[typeof alias === "string" ? alias : (below.at(-1) ?? "input"), below]];
  });
}

/** `arguments := input.context.arguments` */
function aliasesIn(rule: JsonValue): [string, InputPath][] {
  const found: [string, InputPath][] = [];
  walk(rule, [], (node) => {
    const [operator, name, value] = list(node["terms"]);
    const local = variable(name);
    const path = inputPath(value, new Map());
    if (variable(list(member(operator, "value"))[0]) === "assign" && local !== null && path !== null)
      found.push([local, path]);
    return true;
  });
  return found;
}

/** The constant names below the input that a reference consists of; null for any other term. */
function inputPath(term: JsonValue | undefined, names: ReadonlyMap<string, InputPath>): InputPath | null {
  if (member(term, "type") !== "ref") return null;
  const [first, ...rest] = list(member(term, "value"));
  const root = variable(first) ?? "";
  const start = root === "input" ? [] : names.get(root);
  const below = rest.map(text);
  return start === undefined || below.includes(null) ? null : [...start, ...(below as string[])];
}
