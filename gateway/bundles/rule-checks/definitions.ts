import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { type Element, elementOf, valueKindOf } from "./elements.ts";
import { list, member, type Module, pathBelowRoot, text, type TreePath, variable, walk } from "./modules.ts";

/** A path below `data`; null stands for a name that is only known at evaluation. */
export type DataPath = readonly (string | null)[];

export interface Place {
  readonly file: string;
  readonly at: TreePath;
}

export interface Reference extends Place {
  readonly path: DataPath;
}

/** One clause of a rule, with its references. */
export interface Definition extends Place {
  readonly package: readonly string[];
  /** The first name of its head, e.g. "deny". */
  readonly name: string;
  /** Package and constant part of the head. */
  readonly path: readonly string[];
  /** Whether the head goes on behind `path` with a part that is only known at evaluation: `lists[name].one`. */
  readonly isOpen: boolean;
  readonly isFunction: boolean;
  /** What it puts into a set (`deny contains 1`); null for nothing. */
  readonly element: Element | null;
  /** The kind of its value (`deny if …`: "boolean"); null for a set. */
  readonly valueKind: string | null;
  readonly references: readonly Reference[];
  /** Documents that the clause replaces by `with`. */
  readonly replaced: readonly DataPath[];
  /** Objects in the clause with a constant member `type`, such as obligations. */
  readonly typed: readonly (Place & { readonly type: string })[];
  /** Calls of `print`. */
  readonly prints: readonly Place[];
}

/** The definitions of one module. `ruleNames`: the rule names of all modules of its package, which see one another's rules. */
export function definitionsOf(module: Module, ruleNames: ReadonlySet<string>): Definition[] {
  const home = packageOf(module);
  const scope = new Scope(home, importsOf(module.tree), ruleNames);
  return list(module.tree["rules"]).map((rule, index) => {
    const [name = "", ...rest] = headOf(rule);
    const { file } = module;
    const found = collect(rule, { file, at: ["rules", index] }, scope);
    const head = member(rule, "head");
    const isFunction = list(member(head, "args")).length > 0;
    const [element, valueKind] = [elementOf(rule), valueKindOf(rule)];
    const path = [...home, name, ...rest];
    const isOpen = list(member(head, "ref")).length > rest.length + 1;
    return { file, at: ["rules", index], package: home, name, path, isOpen, isFunction, element, valueKind, ...found };
  });
}

export function packageOf({ tree }: Module): readonly string[] {
  return pathBelowRoot(member(tree["package"], "path"));
}

/** First name of each rule. */
export function ruleNamesOf({ tree }: Module): string[] {
  return list(tree["rules"]).map((rule) => headOf(rule)[0] ?? "");
}

/** The constant names that a head begins with. */
function headOf(rule: JsonValue): string[] {
  const [first, ...rest] = list(member(member(rule, "head"), "ref"));
  const names = [variable(first) ?? ""];
  for (const part of rest) {
    const name = text(part);
    if (name === null) break;
    names.push(name);
  }
  return names;
}

/** Name in this module → path below `data`. Imports of `input`, `rego` and `future` name no data. */
function importsOf(tree: JsonObject): ReadonlyMap<string, readonly string[]> {
  const named = list(tree["imports"]).flatMap((one): [string, readonly string[]][] => {
    const path = list(member(member(one, "path"), "value"));
    if (variable(path[0]) !== "data") return [];
    const below = pathBelowRoot(path);
    const alias = member(one, "alias");
    return [[typeof alias === "string" ? alias : (below.at(-1) ?? "data"), below]];
  });
  return new Map(named);
}

/** Resolves the first name of a reference. */
class Scope {
  readonly #home: readonly string[];
  readonly #imports: ReadonlyMap<string, readonly string[]>;
  readonly #ruleNames: ReadonlySet<string>;

  constructor(
    home: readonly string[],
    imports: ReadonlyMap<string, readonly string[]>,
    ruleNames: ReadonlySet<string>,
  ) {
    this.#home = home;
    this.#imports = imports;
    this.#ruleNames = ruleNames;
  }

  /** The path below `data`; null for a name that means no data. A local variable that shadows a rule counts as the rule, so that a rule may look used but never wrongly unused. */
  resolve(name: string, locals: ReadonlySet<string>): readonly string[] | null {
    if (name === "data") return [];
    if (this.#ruleNames.has(name)) return [...this.#home, name];
    return locals.has(name) ? null : (this.#imports.get(name) ?? null);
  }
}

type Collected = Pick<Definition, "references" | "replaced" | "typed" | "prints">;

function collect(rule: JsonValue, { file, at }: Place, scope: Scope): Collected {
  const locals = localsOf(rule);
  const references: Reference[] = [];
  const replaced: DataPath[] = [];
  const typed: (Place & { readonly type: string })[] = [];
  const prints: Place[] = [];
  const refer = (path: readonly JsonValue[], into: (found: DataPath) => void): void => {
    const start = scope.resolve(variable(path[0]) ?? "", locals);
    if (start !== null) into([...start, ...path.slice(1).map(text)]);
  };
  const visit = (node: JsonObject, where: TreePath): boolean => {
    const target = member(node["target"], "value");
    if (target !== undefined && node["value"] !== undefined) {
      // The target of `with` is replaced, not read.
      refer(list(target), (path) => replaced.push(path));
      walk(node["value"], [...where, "value"], visit);
      return false;
    }
    if (isPrint(node)) prints.push({ file, at: where });
    if (node["type"] === "ref") {
      const parts = list(node["value"]);
      refer(parts, (path) => references.push({ path, file, at: where }));
      // The first name alone is no reference: `data` would mean all data.
      for (const [index, part] of parts.entries()) if (index > 0) walk(part, [...where, "value", index], visit);
      return false;
    }
    if (node["type"] === "var") refer([node], (path) => references.push({ path, file, at: where }));
    const type = typeOf(node);
    if (type !== null) typed.push({ type, file, at: where });
    return true;
  };
  // The name of the head is no reference; its other parts may contain some.
  const head = member(rule, "head");
  walk(list(member(head, "ref")).slice(1), [...at, "head"], visit);
  for (const part of ["key", "value", "args"]) walk(member(head, part), [...at, "head", part], visit);
  for (const part of ["body", "else"]) walk(member(rule, part), [...at, part], visit);
  return { references: references.filter((one) => !isOwnHead(one, at)), replaced, typed, prints };
}

/** The constant member `type` of an object. */
function typeOf(node: JsonObject): string | null {
  if (node["type"] !== "object") return null;
  const type = list(node["value"]).find((pair) => text(list(pair)[0]) === "type");
  return text(list(type)[1]);
}

export function isPrint(node: JsonObject): boolean {
  const [called, ...steps] = list(member(list(node["terms"])[0], "value"));
  return variable(called) === "print" && steps.length === 0;
}

/** An `else` repeats the head's name. */
function isOwnHead({ at }: Reference, rule: TreePath): boolean {
  const below = at.slice(rule.length);
  const last = below.lastIndexOf("else");
  return last >= 0 && below[last + 1] === "head" && below[last + 2] === "ref" && below[last + 3] === 0;
}

/** Every name that the rule declares: by `:=`, `some`, `every`, or as an argument. */
function localsOf(rule: JsonValue): ReadonlySet<string> {
  const locals = new Set<string>();
  const declare = (value: JsonValue | undefined): void =>
    walk(value, [], (node) => {
      const name = variable(node);
      if (name !== null) locals.add(name);
      return node["type"] !== "ref" && node["type"] !== "call";
    });
  declare(member(member(rule, "head"), "args"));
  walk(rule, [], (node) => {
    const terms = node["terms"];
    if (list(terms).length === 3 && variable(list(member(list(terms)[0], "value"))[0]) === "assign")
      declare(list(terms)[1]);
    for (const symbol of list(member(terms, "symbols"))) {
      // `some x in xs` is a call whose last argument is the collection.
      const isCall = member(symbol, "type") === "call";
      declare(isCall ? list(member(symbol, "value")).slice(1, -1) : symbol);
    }
    if (member(terms, "domain") !== undefined) {
      declare(member(terms, "key"));
      declare(member(terms, "value"));
    }
    return true;
  });
  return locals;
}

interface Node {
  readonly below: Map<string, Node>;
  readonly definitions: Definition[];
}

/** Definitions by path; finds those that a reference may read. */
export class DefinitionTree {
  readonly #root: Node = { below: new Map(), definitions: [] };

  constructor(definitions: readonly Definition[]) {
    for (const definition of definitions) {
      let node = this.#root;
      for (const name of definition.path) {
        const next = node.below.get(name) ?? { below: new Map<string, Node>(), definitions: [] };
        node.below.set(name, next);
        node = next;
      }
      node.definitions.push(definition);
    }
  }

  /** The definitions at the path, above it and below it. */
  touchedBy(path: DataPath): Definition[] {
    const found: Definition[] = [];
    let level: readonly Node[] = [this.#root];
    for (const step of path) {
      level = level.flatMap((node) => {
        if (step === null) return [...node.below.values()];
        const next = node.below.get(step);
        return next === undefined ? [] : [next];
      });
      for (const { definitions } of level) found.push(...definitions);
    }
    while (level.length > 0) {
      level = level.flatMap((node) => [...node.below.values()]);
      for (const { definitions } of level) found.push(...definitions);
    }
    return found;
  }
}

/** All definitions that an answer to `entrypoints` may depend on. */
export function reachedFrom(entrypoints: readonly DataPath[], tree: DefinitionTree): ReadonlySet<Definition> {
  const reached = new Set<Definition>();
  const visited = new Set<string>();
  const waiting: DataPath[] = [...entrypoints];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const key = JSON.stringify(path);
    if (visited.has(key)) continue;
    visited.add(key);
    for (const definition of tree.touchedBy(path)) {
      if (reached.has(definition) || isAboveRulePlace(definition, path)) continue;
      reached.add(definition);
      waiting.push(...definition.references.map((reference) => reference.path));
    }
  }
  return reached;
}

/** Where `main` collects rules: `data.sallyport.rules.<topic>.<rule>` and `data.sallyport.tools.<server>.<tool>`. Either may be empty. */
export const RULE_ROOTS: readonly (readonly string[])[] = [
  ["sallyport", "rules"],
  ["sallyport", "tools"],
];

const NAMES_BELOW_ROOT = 2;

/** The rule package that a path leads into, and the name below it: what a definition exports or a reference reads. */
interface RuleExport {
  readonly rule: DataPath;
  /** e.g. "deny" */
  readonly name: string;
}

/** The export that a path names; null for a path that leads into no rule package or names nothing in it. */
export function exportOf(path: DataPath): RuleExport | null {
  const place = placeOf(path);
  if (place === null) return null;
  const end = place.length + NAMES_BELOW_ROOT;
  const name = path[end];
  return typeof name === "string" ? { rule: path.slice(0, end), name } : null;
}

/**
 * Whether the wildcards of a reference match the definition only by name: `rules[_][_].deny` reads packages two names below
 * the root, and not rules of a package that lies higher.
 */
function isAboveRulePlace({ path }: Definition, reference: DataPath): boolean {
  const place = placeOf(path);
  return place !== null && path.length <= place.length + NAMES_BELOW_ROOT && reference[path.length - 1] === null;
}

function placeOf(path: DataPath): readonly string[] | null {
  return RULE_ROOTS.find((place) => place.every((name, index) => path[index] === name)) ?? null;
}
