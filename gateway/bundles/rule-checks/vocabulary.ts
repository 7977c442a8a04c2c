import { didYouMean } from "../../lib/did-you-mean.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { parseJson } from "../../lib/parse-json.ts";
import { type DataPath, packageOf, type Place } from "./definitions.ts";
import { list, member, type Module, text, type TreePath, variable, walk } from "./modules.ts";
import type { Problem } from "./problems.ts";

/** Comparisons in OPA's syntax tree, by the name of the function. */
const COMPARISONS = new Set(["equal", "neq", "eq"]);

/**
 * Texts that rules compare with a part of the input that never has them, such as a weekday "Sun": the condition never, or always, holds.
 * Parts of which the schema lists every value count, and comparisons by `==`, `!=`, `=` and `in`. `schema`: JSON of the input's; null: none.
 */
export function outsideVocabulary(modules: readonly Module[], schema: string | null): Problem[] {
  const root = schema === null ? undefined : parsed(schema);
  if (root === undefined) return [];
  // Packages of other projects may evaluate with another input.
  const own = modules.filter((module) => packageOf(module)[0] === "sallyport");
  return own.flatMap(({ file, tree }) =>
    list(tree["rules"]).flatMap((rule, index) => inRule(rule, { file, at: ["rules", index] }, root)),
  );
}

/** OPA tells what is wrong with a schema. */
function parsed(schema: string): JsonValue | undefined {
  try {
    return parseJson(schema) as JsonValue;
  } catch {
    return undefined;
  }
}

function inRule(rule: JsonValue, { file, at }: Place, root: JsonValue): Problem[] {
  const names = inputNames(rule);
  const found: Problem[] = [];
  const visit = (call: readonly JsonValue[], where: TreePath): void => {
    for (const { path, constants } of compared(call, names)) {
      const known = valuesAt([root], path, root);
      if (known === null) continue;
      const others = constants.filter((constant) => !known.has(constant));
      found.push(...others.map((one) => problem({ file, at: where }, path, one, [...known])));
    }
  };
  walk(rule, at, (node, where) => {
    if (Array.isArray(node["terms"])) visit(list(node["terms"]), where);
    if (node["type"] === "call") visit(list(node["value"]), where);
    return true;
  });
  return found;
}

function problem(place: Place, path: DataPath, constant: string, known: readonly string[]): Problem {
  const name = path.map((step) => (step === null ? "[_]" : `.${step}`)).join("");
  const message = `input${name} is never ${JSON.stringify(constant)}${didYouMean(constant, known)}: it is one of ${known.join(", ")}`;
  return { ...place, severity: "warning", message };
}

interface Compared {
  readonly path: DataPath;
  readonly constants: readonly string[];
}

/** Parts of the input that a call compares with constants. */
function compared([called, first, second]: readonly JsonValue[], names: Names): Compared[] {
  const steps = list(member(called, "value"));
  const name = variable(steps[0]) ?? "";
  const isMember = name === "internal" && text(steps[1]) === "member_2";
  if (!isMember && !COMPARISONS.has(name)) return [];
  return [
    [first, second] as const,
    // Who is in `"x" in input.a` is one of its items.
    [second, first] as const,
  ].flatMap(([part, other], turn) => {
    const path = inputPath(part, names);
    if (path === null) return [];
    const constants = isMember && turn === 0 ? list(member(other, "value")).map(text) : [text(other)];
    const known = constants.filter((one) => one !== null);
    return [{ path: isMember && turn === 1 ? [...path, null] : path, constants: known }];
  });
}

/** Local names that stand for one part of the input each. */
type Names = ReadonlyMap<string, DataPath>;

/** What `x := input.a`, `some x in input.a` and `every x in input.a` declare; a name that is declared twice stands for neither. */
function inputNames(rule: JsonValue): Names {
  const names = new Map<string, DataPath>();
  const seen = new Set<string>();
  const declare = (term: JsonValue | undefined, path: DataPath | null): void => {
    const name = variable(term);
    if (name === null) return;
    if (path === null || seen.has(name)) names.delete(name);
    else names.set(name, path);
    seen.add(name);
  };
  const itemOf = (term: JsonValue | undefined): DataPath | null => {
    const path = inputPath(term, names);
    return path === null ? null : [...path, null];
  };
  for (const argument of list(member(member(rule, "head"), "args"))) declare(argument, null);
  walk(rule, [], (node) => {
    const { terms } = node;
    const [called, left, right] = list(terms);
    if (variable(list(member(called, "value"))[0]) === "assign") declare(left, inputPath(right, names));
    for (const symbol of list(member(terms, "symbols"))) {
      const declared = list(member(symbol, "value")).slice(1);
      declare(declared.at(-2), itemOf(declared.at(-1)));
      for (const key of declared.slice(0, -2)) declare(key, null);
    }
    if (member(terms, "domain") !== undefined) declare(member(terms, "value"), itemOf(member(terms, "domain")));
    return true;
  });
  return names;
}

/** The part of the input that a term is; null for any other term. */
function inputPath(term: JsonValue | undefined, names: Names): DataPath | null {
  const local = variable(term);
  if (local !== null) return names.get(local) ?? null;
  if (member(term, "type") !== "ref") return null;
  const [first, ...rest] = list(member(term, "value"));
  const start = variable(first) === "input" ? [] : names.get(variable(first) ?? "");
  return start === undefined ? null : [...start, ...rest.map(text)];
}

/** Every text that the input may have at the path; null: any. `schemas`: one of which holds. */
function valuesAt(schemas: readonly JsonValue[], path: DataPath, root: JsonValue): ReadonlySet<string> | null {
  const here = schemas.flatMap((schema) => alternatives(schema, root));
  const [step, ...rest] = path;
  if (step !== undefined) {
    const below = here.flatMap((schema) => {
      const next = step === null ? member(schema, "items") : member(member(schema, "properties"), step);
      return next === undefined ? [] : [next];
    });
    return below.length === 0 ? null : valuesAt(below, rest, root);
  }
  const lists = here.filter((schema) => member(schema, "type") !== "null").map((schema) => member(schema, "enum"));
  const values = lists.flatMap(list).flatMap((value) => (typeof value === "string" ? [value] : []));
  return lists.length === 0 || lists.includes(undefined) || values.length === 0 ? null : new Set(values);
}

/** The schema without references and choices. */
function alternatives(schema: JsonValue, root: JsonValue): JsonValue[] {
  const reference = member(schema, "$ref");
  if (typeof reference === "string") {
    const target = reference.split("/").slice(1).reduce<JsonValue | undefined>(member, root);
    return target === undefined ? [] : alternatives(target, root);
  }
  const choices = ["anyOf", "oneOf"].flatMap((name) => list(member(schema, name)));
  if (choices.length > 0) return choices.flatMap((choice) => alternatives(choice, root));
  return isJsonObject(schema) ? [schema] : [];
}
