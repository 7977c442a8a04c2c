import { type Edit, findNodeAtLocation, type JSONPath, type Node, parseTree, stripComments } from "jsonc-parser";
import type { JsonValue } from "../../../lib/json.ts";

/**
 * Puts a value into a JSON text at a path that is not there, or at the end of the list there, and changes no other byte: no
 * layout, no comment. Containers on the way that are missing are made.
 */
export function insertion(text: string, path: readonly string[], value: JsonValue, append: boolean): Edit[] {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root === undefined) throw new Error("the text was read before");
  const there = deepest(root, path);
  const [key, ...missing] = path.slice(there.length);
  // The list itself: its item goes in. Else the first missing key, with all that is below it.
  const inner = missing.reduceRight<JsonValue>(
    (below, step) => ({ [step]: below }),
    append && key !== undefined ? [value] : value,
  );
  return into(text, there.node, key === undefined ? null : key, inner);
}

function deepest(root: Node, path: readonly string[]): { readonly node: Node; readonly length: number } {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return { node, length };
  }
  return { node: root, length: 0 };
}

function into(text: string, container: Node, key: string | null, value: JsonValue): Edit[] {
  const close = container.offset + container.length - 1;
  const last = container.children?.at(-1);
  const layout = layoutOf(text, container);
  const item = (key === null ? "" : `${JSON.stringify(key)}: `) + pretty(value, layout);
  // After comments, before the space in front of the bracket.
  const end = close - (/\s*$/.exec(text.slice(container.offset + 1, close))?.[0].length ?? 0);
  const added = { offset: end, length: 0, content: layout.eol + layout.inner + item };
  if (last === undefined)
    return [{ ...added, length: close - end, content: added.content + layout.eol + layout.outer }];
  const lastEnd = last.offset + last.length;
  return commaAt(text, lastEnd, close) !== null ? [added] : [{ offset: lastEnd, length: 0, content: "," }, added];
}

/** Takes out the value at a path that is there, with one comma and the space before it, and no comment of anybody. */
export function removal(text: string, path: JSONPath): Edit[] {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const value = root === undefined ? undefined : findNodeAtLocation(root, [...path]);
  const node = value?.parent?.type === "property" ? value.parent : value;
  const container = node?.parent;
  if (node === undefined || container === undefined) throw new Error("the path was found before");
  const end = node.offset + node.length;
  // Where something follows on its line, a comment before it would take that in.
  const isAlone = /^[ \t]*,?[ \t]*(?:\r?\n|\/\/)/.test(text.slice(end));
  const space = isAlone ? (/\s*$/.exec(text.slice(0, node.offset))?.[0].length ?? 0) : 0;
  const start = node.offset - space;
  const own = { offset: start, length: end - start, content: "" };
  const behind = commaAt(text, end, container.offset + container.length - 1);
  if (behind !== null) return [own, { offset: behind, length: 1, content: "" }];
  const siblings = container.children ?? [];
  const previous = siblings[siblings.indexOf(node) - 1];
  const before = previous === undefined ? null : commaAt(text, previous.offset + previous.length, node.offset);
  if (before === null) return [own];
  // The comma may stand at the end of the space that goes anyway.
  return before >= start
    ? [{ ...own, offset: before, length: end - before }]
    : [{ offset: before, length: 1, content: "" }, own];
}

/** Where the next comma stands, with nothing but space and comments before it; null when there is none. */
function commaAt(text: string, from: number, to: number): number | null {
  // Of the same length, so that places stay.
  const bare = stripComments(text.slice(from, to), " ");
  const space = /^\s*,/.exec(bare)?.[0].length;
  return space === undefined ? null : from + space - 1;
}

interface Layout {
  readonly eol: string;
  /** Of the container's own line, and of what is in it. */
  readonly outer: string;
  readonly inner: string;
  readonly step: string;
}

/** As the file has it: its line ends, its indentation, that of the items that are there. */
function layoutOf(text: string, container: Node): Layout {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const step = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const outer = indentAt(text, container.offset);
  const first = container.children?.[0];
  const isOwnLine = first !== undefined && /[\n]\s*$/.test(text.slice(0, first.offset));
  return { eol, outer, step, inner: isOwnLine ? indentAt(text, first.offset) : outer + step };
}

function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function pretty(value: JsonValue, { inner, eol, step }: Layout): string {
  return JSON.stringify(value, null, step).replaceAll("\n", eol + inner);
}
