import { type JsonObject, type JsonValue } from "../../lib/json.ts";
import { packageOf } from "../rule-checks/definitions.ts";
import { list, member, type Module, pathBelowRoot, text, variable, walk } from "../rule-checks/syntax-tree.ts";

type Scalar = string | number | boolean | null;
export type InputPath = readonly string[];

/** Values worth trying at places of the input: those that the rules of one package compare them with. */
export interface Candidates {
  /** e.g. "sallyport.rules.refunds.currency" */
  readonly package: string;
  readonly places: readonly { readonly path: InputPath; readonly values: readonly Scalar[] }[];
}

/** For arguments that are compared with something else than a constant. */
const ANY: readonly Scalar[] = [0, 1, 1_000_000, "", "x", true, null];

/** What a policy's packages compare the input with; packages that compare nothing are left out. */
export function candidatesOf(modules: readonly Module[]): Candidates[] {
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
    // On either side of a bound.
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
