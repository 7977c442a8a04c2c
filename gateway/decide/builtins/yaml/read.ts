import type { Alias, Document, Node, Pair, Scalar } from "yaml";
import { isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments, visit } from "yaml";

import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import { chargeText } from "../operands.ts";
import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";
import { formatFloat } from "../go/float-text.ts";
import { blockText } from "./block.ts";
import { type YamlScalar, resolveScalar } from "./scalar.ts";

/**
 * YAML as OPA reads it (go.yaml.in/yaml): the library gives the tree, and each scalar is resolved here; a later key wins over an
 * equal one before it, and only the first document counts.
 */
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

const TAB_FIRST = /^(?: *(?:#.*)?\r?\n)* *\t/;
const END_FIRST = /^\ufeff?(?: *(?:#.*)?\r?\n)*\.\.\.(?:\s|$)/;
const DIRECTIVE_FIRST = /^(?: *(?:#.*)?\r?\n)*%/;

/** @throws BuiltinError */
export function readYaml(context: BuiltinContext, text: string): Value {
  chargeText(context, 2_000 + text.length * 320);
  if (/^%YAML (?!1\.1\s)/m.test(text)) throw new BuiltinError("yaml: found incompatible YAML document");
  if (CONTROL.test(text)) throw new BuiltinError("yaml: control characters are not allowed");
  if (TAB_FIRST.test(text)) throw new BuiltinError("yaml: found character that cannot start any token");
  if (END_FIRST.test(text)) throw new BuiltinError("yaml: no document before the end of one");
  if (DIRECTIVE_FIRST.test(text) && !/^---/m.test(text)) throw new BuiltinError("yaml: no document after a directive");
  const directives = text.split(/^---/m, 1)[0]?.match(/^%(?:YAML|TAG +\S+)/gm) ?? [];
  if (new Set(directives).size < directives.length) throw new BuiltinError("yaml: found duplicate directive");
  // A carriage return alone ends a line, as in YAML 1.1.
  const documents = parseAllDocuments(text.replaceAll(/\r(?!\n)/g, "\n"), {
    version: "1.1",
    schema: "failsafe",
    resolveKnownTags: false,
    uniqueKeys: false,
    merge: false,
    keepSourceTokens: true,
    logLevel: "error",
  });
  const [document] = documents;
  if (document === undefined) return null;
  // A later document is not read, but it has to be well-formed.
  const problem = documents.flatMap(problemsOf)[0] ?? bareDocument(documents);
  if (problem !== undefined) throw new BuiltinError(`yaml: ${problem}`);
  const [targets = new Map<Alias, Node>()] = documents.map(references);
  return new Reader(context, targets, text).value(document.contents);
}

function problemsOf(document: Document.Parsed): string[] {
  const unknown = document.warnings.filter(({ code }) => code === "BAD_DIRECTIVE");
  return [...document.errors, ...unknown].map(({ message }) => message);
}

/** Only the first document may begin without a marker. */
function bareDocument(documents: readonly Document.Parsed[]): string | undefined {
  const bare = documents.slice(1).find(({ directives, contents }) => directives.docStart !== true && contents !== null);
  return bare === undefined ? undefined : "did not find expected document start";
}

/** What each alias stands for, in one pass. Fails for names that the library takes and OPA's reader does not, and for aliases of nothing. */
function references(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target === undefined) throw new BuiltinError(`yaml: unknown anchor '${alias.source}' referenced`);
      targets.set(alias, target);
    },
    Value(_, node) {
      if (node.anchor === undefined) return;
      if (!/^[\w-]+$/.test(node.anchor))
        throw new BuiltinError(`yaml: the anchor ${node.anchor} has a name that is none`);
      anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** Go's decoder counts what aliases repeat, and gives up when that is most of a document. */
const FREE_ALIASES = 100;
const FREE_NODES = 1_000;
const MANY_NODES = 400_000;
const NODE_FUEL = 100;

class Reader {
  readonly #context: BuiltinContext;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #text: string;
  readonly #open = new Set<unknown>();
  #nodes = 0;
  #repeated = 0;

  constructor(context: BuiltinContext, targets: ReadonlyMap<Alias, Node>, text: string) {
    this.#context = context;
    this.#targets = targets;
    this.#text = text;
  }

  /** @throws BuiltinError */
  value(node: unknown): Value {
    this.#count();
    if (isAlias(node)) return this.#aliased(node, (target) => this.value(target));
    if (isMap(node)) return RegoObject.from(this.#members(node.items));
    if (isSeq(node))
      return node.items.map((item) => (isPair(item) ? RegoObject.from(this.#members([item])) : this.value(item)));
    if (!isScalar(node)) return null;
    const scalar = this.#scalar(node);
    if (typeof scalar === "bigint") return makeNumber(scalar.toString());
    if (typeof scalar !== "number") return scalar;
    if (!Number.isFinite(scalar)) throw new BuiltinError("yaml: a number must be finite");
    return scalar;
  }

  #count(): void {
    this.#nodes += 1;
    this.#context.charge(NODE_FUEL);
    if (this.#open.size > 0) this.#repeated += 1;
    const tooMuch = this.#repeated / this.#nodes > (this.#nodes > MANY_NODES ? 0.1 : 0.99);
    if (this.#repeated > FREE_ALIASES && this.#nodes > FREE_NODES && tooMuch)
      throw new BuiltinError("yaml: document contains excessive aliasing");
  }

  #aliased<T>(alias: Alias, read: (target: Node) => T): T {
    const target = this.#targets.get(alias) as Node;
    if (this.#open.has(target)) throw new BuiltinError(`yaml: anchor '${alias.source}' value contains itself`);
    this.#open.add(target);
    const value = read(target);
    this.#open.delete(target);
    return value;
  }

  #members(pairs: readonly Pair[]): [string, Value][] {
    return [...this.#nodesOf(pairs)].map(([key, node]) => [key, this.value(node)]);
  }

  /** The nodes that count, by key: what a later key or the mapping itself overrides is not looked at. */
  #nodesOf(pairs: readonly Pair[]): Map<string, unknown> {
    const members = new Map<string, unknown>();
    const merged: (readonly [string, unknown])[] = [];
    for (const { key, value } of pairs) {
      if (isMergeKey(key)) merged.push(...this.#merged(value));
      else members.set(this.#key(key), value);
    }
    for (const [key, node] of merged) if (!members.has(key)) members.set(key, node);
    return members;
  }

  /** What a merge key brings: of several mappings, the first that has a member. */
  #merged(source: unknown): Map<string, unknown> {
    if (isAlias(source)) return this.#aliased(source, (target) => this.#mapping(target));
    if (!isSeq(source)) return this.#mapping(source);
    const all = source.items.map((item) => (isSeq(item) ? this.#mapping(item) : this.#merged(item)));
    return new Map(all.reverse().flatMap((members) => [...members]));
  }

  #mapping(node: unknown): Map<string, unknown> {
    if (!isMap(node)) throw new BuiltinError("yaml: map merge requires map or sequence of maps as the value");
    return this.#nodesOf(node.items);
  }

  #key(node: unknown): string {
    this.#count();
    if (isAlias(node)) return this.#aliased(node, (target) => this.#key(target));
    const key = isScalar(node) ? this.#scalar(node) : null;
    if (isScalar(node) && node.tag === "tag:yaml.org,2002:timestamp")
      throw new BuiltinError("yaml: a key is no timestamp");
    if (key === null) throw new BuiltinError("yaml: a key must be a scalar that is not null");
    return typeof key === "number" ? floatKey(key) : String(key);
  }

  #scalar(node: Scalar): YamlScalar {
    const plain = node.type === "PLAIN" || node.type === undefined;
    const text = plain ? (node.source ?? "") : (blockText(node, this.#text) ?? String(node.value));
    return resolveScalar(node.tag ?? "", text, !plain);
  }
}

function isMergeKey(key: unknown): boolean {
  if (!isScalar(key) || key.value !== "<<") return false;
  return key.tag === "tag:yaml.org,2002:merge" || (key.type === "PLAIN" && (key.tag ?? "!") === "!");
}

/** As Go writes a float of 32 bits with the fewest digits. */
function floatKey(key: number): string {
  if (Number.isNaN(key)) return ".nan";
  if (!Number.isFinite(key)) return key > 0 ? ".inf" : "-.inf";
  return formatFloat(key, "g", -1);
}
