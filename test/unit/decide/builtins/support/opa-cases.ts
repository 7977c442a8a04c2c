import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import type { Value } from "../../../../../gateway/decide/value.ts";
import { RegoObject, RegoSet, equalValues, fromJson, makeNumber } from "../../../../../gateway/decide/value.ts";
import type { Call } from "./oracle.ts";

interface Case {
  readonly note: string;
  readonly modules?: readonly string[];
  readonly data?: unknown;
  readonly input?: unknown;
  readonly query?: string;
}

const TOOLCHAIN = join(import.meta.dirname, "../../../../../scripts/toolchain/opa");

function casesFolder(): string {
  const module = execFileSync("go", ["list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/opa"], {
    cwd: TOOLCHAIN,
    encoding: "utf8",
  });
  return join(module.trim(), "v1/test/cases/testdata/v1");
}

/** Every distinct call with ground arguments (literals, or fields of the case's input and data) in OPA's own cases. */
export function callsInCases(names: ReadonlySet<string>): Call[] {
  const arities = new Map([...builtinArities()].filter(([name]) => names.has(name)));
  const folder = casesFolder();
  const cases = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .filter((text) => [...names].some((name) => text.includes(name)))
    .flatMap((text) => (parse(text, { maxAliasCount: -1 }) as { cases: Case[] }).cases);
  const sources = cases.flatMap((item) => (item.modules ?? []).map((module) => ({ item, module })));
  const trees = parseModules(sources.map(({ module }) => module));
  const seen = new Map<string, Call>();
  sources.forEach(({ item }, index) => {
    const document = {
      input: item.input === undefined ? undefined : fromJson(item.input),
      data: fromJson(item.data ?? {}),
    };
    const found = (call: Call): unknown => seen.set(JSON.stringify([call.name, call.args], stringify), call);
    visit(trees[index], { document, arities, found }, [new Map()]);
  });
  return [...seen.values()];
}

function stringify(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof RegoSet) return { set: value.values() };
  return value instanceof RegoObject ? { object: value.entries() } : value;
}

/** Numbers as they are written, which a double cannot hold. */
function keepDigits(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? context?.source : value;
}

function builtinArities(): ReadonlyMap<string, number> {
  const output = execFileSync("opa", ["capabilities", "--current"], { encoding: "utf8", maxBuffer: 1 << 26 });
  const { builtins } = JSON.parse(output) as { builtins: { name: string; decl: { args?: unknown[] } }[] };
  return new Map(builtins.map(({ name, decl }) => [name, decl.args?.length ?? 0]));
}

/** One OPA process parses them all. */
function parseModules(modules: readonly string[]): unknown[] {
  const folder = mkdtempSync(join(tmpdir(), "opa-cases-"));
  try {
    writeFileSync(join(folder, "input.json"), JSON.stringify(modules));
    const query = `{i: tree | module := input[i]; tree := rego.parse_module(sprintf("case%d.rego", [i]), module)}`;
    const output = execFileSync("opa", ["eval", "-f", "json", "-i", join(folder, "input.json"), query], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const answer = JSON.parse(output, keepDigits) as {
      result: [{ expressions: [{ value: Record<string, unknown> }] }];
    };
    const trees = answer.result[0].expressions[0].value;
    return modules.map((_, index) => trees[String(index)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Term {
  readonly type: string;
  readonly value: unknown;
}

type Bindings = ReadonlyMap<string, Value>;
type Found = (call: Call) => void;

interface Search {
  readonly document: { readonly input: Value | undefined; readonly data: Value | undefined };
  readonly arities: ReadonlyMap<string, number>;
  readonly found: Found;
}

const MOST_BINDINGS = 500;

/** Walks a tree; within a body, what earlier expressions bind to ground terms is known to later ones. */
function visit(node: unknown, search: Search, scope: readonly Bindings[]): readonly Bindings[] {
  if (node === null || typeof node !== "object") return scope;
  if (Array.isArray(node)) {
    let known = scope;
    for (const child of node) known = visit(child, search, known);
    return known;
  }
  const { terms, type, value } = node as { terms?: unknown; type?: unknown; value?: unknown };
  const call = Array.isArray(terms) ? terms : type === "call" ? value : undefined;
  if (Array.isArray(call)) for (const bindings of scope) tryCall(call as Term[], search, bindings);
  for (const child of Object.values(node)) visit(child, search, scope);
  return Array.isArray(terms) ? bind(terms as Term[], search, scope) : scope;
}

/** `x = term` and `x := term`, where the term may run through a document. */
function bind(
  [operator, left, right]: readonly Term[],
  search: Search,
  scope: readonly Bindings[],
): readonly Bindings[] {
  const name = operator?.type === "ref" ? nameOf(operator) : "";
  if ((name !== "eq" && name !== "assign") || left?.type !== "var" || right === undefined) return scope;
  const extended = scope.flatMap((bindings) =>
    solutions(right, search, bindings).map(([value, more]) => new Map([...more, [left.value as string, value]])),
  );
  return extended.length > 0 ? extended.slice(0, MOST_BINDINGS) : scope;
}

function solutions(term: Term, search: Search, bindings: Bindings): [Value, Bindings][] {
  if (term.type === "ref") return fieldsOf(term.value as Term[], search, bindings);
  const value = ground(term, search, bindings);
  return value === undefined ? [] : [[value, bindings]];
}

function nameOf(operator: Term): string {
  return (operator.value as Term[]).map((part) => String(part.value)).join(".");
}

function tryCall([operator, ...operands]: readonly Term[], search: Search, bindings: Bindings): void {
  if (operator?.type !== "ref") return;
  const name = nameOf(operator);
  const arity = search.arities.get(name);
  if (arity === undefined) return;
  let choices: [Value[], Bindings][] = [[[], bindings]];
  for (const operand of operands.slice(0, arity)) {
    choices = choices.flatMap(([args, known]) =>
      solutions(operand, search, known).map(([value, more]): [Value[], Bindings] => [[...args, value], more]),
    );
  }
  for (const [args] of choices.slice(0, MOST_BINDINGS)) search.found({ name, args });
}

function ground(term: Term, search: Search, bindings: Bindings): Value | undefined {
  const list = term.value as Term[];
  switch (term.type) {
    case "null":
      return null;
    case "boolean":
    case "string":
      return term.value as Value;
    case "number":
      return makeNumber(String(term.value));
    case "var":
      return bindings.get(term.value as string);
    case "array":
      return allGround(list, search, bindings);
    case "set": {
      const members = allGround(list, search, bindings);
      return members === undefined ? undefined : RegoSet.from(members);
    }
    case "object": {
      const pairs = (term.value as [Term, Term][]).map((pair) => allGround(pair, search, bindings));
      return pairs.every((pair) => pair !== undefined) ? RegoObject.from(pairs as [Value, Value][]) : undefined;
    }
    case "ref":
      return fieldsOf(list, search, bindings)[0]?.[0];
    default:
      return undefined;
  }
}

function allGround(terms: readonly Term[], search: Search, bindings: Bindings): Value[] | undefined {
  const values = terms.map((term) => ground(term, search, bindings));
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** Every value a reference stands for; a variable in its path that is not bound yet takes every key. */
function fieldsOf([head, ...path]: readonly Term[], search: Search, bindings: Bindings): [Value, Bindings][] {
  const name = String(head?.value);
  const root = name === "input" ? search.document.input : name === "data" ? search.document.data : bindings.get(name);
  let values: [Value, Bindings][] = root === undefined ? [] : [[root, bindings]];
  for (const part of path) {
    values = values.flatMap(([value, known]) =>
      children(value).flatMap(([key, child]): [Value, Bindings][] => {
        if (part.type !== "var") return key === part.value || String(key) === part.value ? [[child, known]] : [];
        const bound = known.get(part.value as string);
        if (bound !== undefined) return equalValues(bound, key) ? [[child, known]] : [];
        return [[child, new Map([...known, [part.value as string, key]])]];
      }),
    );
  }
  return values;
}

function children(value: Value): readonly (readonly [Value, Value])[] {
  if (value instanceof RegoObject) return value.entries();
  return Array.isArray(value) ? (value as readonly Value[]).map((item, index) => [index, item] as const) : [];
}
