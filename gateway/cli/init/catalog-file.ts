import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { readYaml } from "../../lib/yaml-places.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { catalogLines, yamlKey } from "./catalog-text.ts";
import type { DescribedTool } from "./described-tool.ts";

/** A file of facts about tools: server → tool → facts. */
export interface CatalogFile {
  readonly path: string;
  /** Empty when there is no such file. */
  readonly text: string;
  readonly servers: JsonObject;
}

/** @throws CliFailure catalog_unreadable */
export function readCatalogFile(path: string): CatalogFile {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return { path, text, servers: serversIn(text, path) };
}

function serversIn(text: string, path: string): JsonObject {
  const { values, faults } = readYaml(text, { merge: true });
  const [fault] = faults;
  const unreadable = (line: number, why: string) =>
    new CliFailure(exits.usage, "catalog_unreadable", `${path}:${line}: ${why}`);
  if (fault !== undefined) throw unreadable(fault.place.line, fault.message);
  const servers = values ?? {};
  if (!isJsonObject(servers)) throw unreadable(1, "expected a mapping: server → tool → facts.");
  return servers;
}

/** Names of the tools that the file has of the server. */
export function toolsIn({ servers }: CatalogFile, server: string): ReadonlySet<string> {
  return new Set(Object.keys(factsIn(servers, server)));
}

function factsIn(servers: JsonObject, server: string): JsonObject {
  const tools = Object.hasOwn(servers, server) ? servers[server] : undefined;
  return isJsonObject(tools) ? tools : {};
}

/**
 * The text of the file with a line for each of these tools: behind those of the server, or at the end. Every other line stays, and the file
 * says of every other tool what it said.
 * @throws CliFailure catalog_form
 */
export function withTools(catalog: CatalogFile, server: string, added: readonly DescribedTool[]): string {
  const { path, text } = catalog;
  if (path.endsWith(".json")) throw otherForm(path, "lines are added to YAML alone: write data.yaml in its place,");
  const { from, to, above, indent } = placeOf(catalog, server);
  const newline = from > 0 && text[from - 1] !== "\n" ? "\n" : "";
  const lines = [...above, ...catalogLines(added, indent)].map((line) => `${line}\n`).join("");
  const changed = `${text.slice(0, from)}${newline}${lines}${text.slice(to)}`;
  if (!addsOnly(catalog.servers, changed, server, added)) throw otherForm(path, `write ${server}`);
  return changed;
}

function otherForm(place: string, what: string): CliFailure {
  const message = `${place}: ${what} with one line for each tool. Nothing was written; --dry-run shows the lines that are missing.`;
  return new CliFailure(exits.usage, "catalog_form", message);
}

/** Whether the changed text says what was said before, and has the tools. */
function addsOnly(before: JsonObject, changed: string, server: string, added: readonly DescribedTool[]): boolean {
  const { values, faults } = readYaml(changed, { merge: true });
  if (faults.length > 0 || !isJsonObject(values)) return false;
  const facts = factsIn(values, server);
  const known = factsIn(before, server);
  const ofAdded = added.map(({ name }) => [name, Object.hasOwn(facts, name) ? facts[name] : undefined] as const);
  const wanted = { ...before, [server]: { ...known, ...Object.fromEntries(ofAdded) } };
  return ofAdded.every(([, one]) => isJsonObject(one)) && isDeepStrictEqual(values, wanted);
}

/** Where lines of a server go. */
interface Place {
  /** The text between is replaced. */
  readonly from: number;
  readonly to: number;
  /** The line that is missing above those of the tools. */
  readonly above: readonly string[];
  /** Blanks before each tool. */
  readonly indent: number;
}

/** @throws CliFailure catalog_form */
function placeOf({ path, text }: CatalogFile, server: string): Place {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true, merge: true });
  const { contents } = document;
  const column = isMap(contents) && contents.flow !== true ? columnOf(contents, lines) : 0;
  const section = (from: number, to: number): Place => {
    return { from, to, above: [`${" ".repeat(column)}${yamlKey(server)}:`], indent: column + 2 };
  };
  const refused = (node: Node, what: string) => otherForm(`${path}:${lines.linePos(startOf(node)).line}`, what);
  const end = endOf(text, document.range[1]);
  if (!isMap(contents)) return section(end, end);
  const [first] = contents.items;
  if (contents.flow === true && first !== undefined) throw refused(contents, "write each server");
  if (contents.flow === true) return section(startOf(contents), behindNewline(text, contents.range?.[1] ?? end));
  const entry = contents.items.find(({ key }) => isScalar(key) && key.value === server);
  if (entry === undefined) return section(end, end);
  const value = entry.value as Node;
  const isBlock = isMap(value) && value.flow !== true;
  if (!isBlock && !(isScalar(value) && value.source === "")) throw refused(entry.key, `write ${server}`);
  const from = behindComments(text, lineEnd(text, value.range?.[1] ?? end), column);
  return { from, to: from, above: [], indent: isBlock ? columnOf(value, lines) : column + 2 };
}

function startOf({ range }: Node): number {
  return range?.[0] ?? 0;
}

/** Blanks before the first key of a mapping. */
function columnOf({ items: [first] }: YAMLMap, lines: LineCounter): number {
  return lines.linePos(startOf(first?.key as Node)).col - 1;
}

/** The end of a document whose values end at `from`: its mark, or that of the text. */
function endOf(text: string, from: number): number {
  const mark = /^\.\.\.(?:\s|$)/m.exec(text.slice(from));
  return mark === null ? text.length : from + mark.index;
}

/** The beginning of the next line, unless one begins here. */
function lineEnd(text: string, at: number): number {
  if (at === 0 || text[at - 1] === "\n") return at;
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

function behindNewline(text: string, at: number): number {
  return text[at] === "\n" ? at + 1 : at;
}

/** Comments that are indented deeper than the key of a section belong to it; others are about what follows. */
function behindComments(text: string, from: number, column: number): number {
  const comments = new RegExp(`(?: {${column + 1},}#[^\\n]*(?:\\n|$))*`, "y");
  comments.lastIndex = from;
  return from + (comments.exec(text)?.[0].length ?? 0);
}
