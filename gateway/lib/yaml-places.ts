import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node, Pair, YAMLError } from "yaml";

export type Path = readonly (string | number)[];

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A finding about one option; `at` says whether its name or its value is to be pointed at. */
export interface Finding {
  readonly path: Path;
  readonly at: "key" | "value";
  readonly message: string;
}

export interface Fault {
  readonly place: Place;
  readonly message: string;
}

/** YAML text with the way back from a path to line and column. */
export interface Located {
  /** Syntax errors, duplicate keys, unknown tags, aliases of nothing; `values` means nothing when there is one. */
  readonly faults: readonly Fault[];
  readonly values: unknown;
  place(path: Path, at: Finding["at"]): Place;
}

/** Characters of a duplicate name that are repeated in the message. */
const LONGEST_NAMED = 80;

/** YAML 1.2; `merge` also reads the merge keys (`<<`) of YAML 1.1. */
export function readYaml(text: string, options: { readonly merge?: boolean } = {}): Located {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    version: "1.2",
    stringKeys: true,
    merge: options.merge ?? false,
  });
  const found = [...document.errors, ...document.warnings];
  const tooDeep = found.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  // The levels above say the same again, and an alias may be of an anchor that was not read.
  const syntax = (tooDeep === undefined ? found : [tooDeep]).map((fault) => ({
    place: toPlace(lines, fault.pos[0]),
    message: messageOf(fault, text),
  }));
  const faults: Fault[] = tooDeep === undefined ? [...syntax, ...aliasesOfNothing(document, lines)] : syntax;
  return {
    ...(faults.length > 0 ? { faults, values: null } : valuesOf(document, lines)),
    place: (path, at) => toPlace(lines, offsetOf(document, path, at)),
  };
}

function messageOf({ code, pos, message }: YAMLError, text: string): string {
  if (code === "DUPLICATE_KEY") return duplicateKey(text, pos[0]);
  if (code === "RESOURCE_EXHAUSTION") return "is nested too deep";
  return message.split("\n")[0] ?? "";
}

function aliasesOfNothing(document: Document, lines: LineCounter): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return;
      faults.push({
        place: toPlace(lines, alias.range?.[0] ?? 0),
        message: `*${alias.source} is the alias of no anchor above it`,
      });
    },
  });
  return faults;
}

/** Aliases of aliases can stand for billions of values; the parser refuses them only when the values are made. */
function valuesOf(document: Document, lines: LineCounter): Pick<Located, "faults" | "values"> {
  try {
    return { faults: [], values: document.toJS({ maxAliasCount: 100 }) };
  } catch (failure) {
    if (!(failure instanceof ReferenceError)) throw failure;
    return { faults: [{ place: toPlace(lines, 0), message: "its aliases stand for too many values" }], values: null };
  }
}

function duplicateKey(text: string, offset: number): string {
  const key = /^["']?([^:"'\s]+)/.exec(text.slice(offset, offset + LONGEST_NAMED))?.[1];
  return `${key ?? "a name"} is there twice in one mapping`;
}

function toPlace(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Follows the path as far as the document goes: a missing option is reported at the place where it belongs. */
function offsetOf(document: Document, path: Path, at: Finding["at"]): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const entry: Entry | null = node === null ? null : entryOf(node, step);
    if (entry === null) return offset;
    const keyWanted = at === "key" && index === path.length - 1;
    offset = (keyWanted ? entry.key : entry.value?.range?.[0]) ?? entry.key ?? offset;
    node = entry.value;
  }
  return offset;
}

interface Entry {
  readonly key: number | undefined;
  readonly value: Node | null;
}

function entryOf(node: Node, step: string | number): Entry | null {
  if (isSeq(node)) {
    const value = node.items[Number(step)] as Node | undefined;
    return value === undefined ? null : { key: value.range?.[0], value };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find((item: Pair) => isScalar(item.key) && String(item.key.value) === String(step));
  if (pair === undefined) return null;
  return { key: (pair.key as Node).range?.[0], value: pair.value as Node | null };
}
