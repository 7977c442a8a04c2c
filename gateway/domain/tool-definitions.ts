import { isJsonObject, type JsonObject, type JsonValue, escapedStep } from "../lib/json.ts";
import type { DefinitionKind, DefinitionName } from "./definition-kinds.ts";

/**
 * Which definitions of a server count. first_use: the first one seen. catalog: of those with a line in the policy's catalog,
 * the one that the line names. accepted: those that a person has accepted.
 */
export type Pins = "first_use" | "catalog" | "accepted";

/** A definition that nobody has accepted, on a server whose definitions wait for that. */
export interface WaitingDefinition extends DefinitionName {
  readonly digest: string;
  /** Its words, without members that have no effect. */
  readonly definition: JsonObject;
}

/** A definition that its server has listed, and where it stands. */
export interface KnownDefinition extends DefinitionName {
  /** Of the definition seen last. */
  readonly digest: string;
  readonly pins: Pins;
  /** waiting: nobody has accepted it, and its server's definitions wait for that. */
  readonly state: "pinned" | "accepted" | "waiting" | "changed";
  /** Some of the same kind, of any server, whose name looks the same and is another, as `server/name`. Of tools and prompts only. */
  readonly alike: readonly string[];
}

/** A definition that differs from the pinned one. */
export interface DefinitionChange extends DefinitionName {
  /** Digest of the pinned definition, and of the one seen last, which may be accepted. */
  readonly pinned: string;
  readonly digest: string;
  readonly differences: readonly DefinitionDifference[];
}

export interface DefinitionDifference {
  /** RFC 6901 JSON pointer into the definition. */
  readonly pointer: string;
  /** Absent where the definition has no such value. */
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

const resources: ReadonlySet<DefinitionKind> = new Set(["resource", "resource_template"]);

/**
 * The definition without members that have no effect; absent and null are the same. Members that no version of MCP has count: a client
 * may show them to its model. How large a resource is, and when it changed last, follow its contents.
 */
export function meaningOf(definition: JsonObject, kind: DefinitionKind): JsonObject {
  const members = Object.entries(definition).filter(([, value]) => value !== null);
  if (kind === "tool") return Object.fromEntries(members);
  return Object.fromEntries(members.filter(([key]) => key !== "size" || !resources.has(kind)).map(withoutTimes));
}

function withoutTimes([key, value]: [string, JsonValue]): [string, JsonValue] {
  if (key !== "annotations" || !isJsonObject(value)) return [key, value];
  const { lastModified: _time, ...rest } = value;
  return [key, rest];
}

/** The differences between two definitions of a kind, value by value. */
export function definitionDifferences(
  before: JsonObject,
  after: JsonObject,
  kind: DefinitionKind,
): DefinitionDifference[] {
  const [old, fresh] = [before, after].map((definition) => new Map(leaves(meaningOf(definition, kind), ""))) as [
    Map<string, JsonValue>,
    Map<string, JsonValue>,
  ];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((pointer) => {
    const [was, is] = [old.get(pointer), fresh.get(pointer)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [{ pointer, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}

/** Every scalar and every empty container with its pointer. */
function leaves(value: JsonValue, pointer: string): [string, JsonValue][] {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return [[pointer, value]];
  return entries.flatMap(([name, inner]) => leaves(inner, `${pointer}/${escapedStep(name)}`));
}

/** Which argument each `Mcp-Param-*` header of a tool repeats: from the header's lower-case name to the keys that lead to the argument. */
export type MirroredParams = ReadonlyMap<string, readonly string[]>;

export const mirroredPrefix = "mcp-param-";

const none: MirroredParams = new Map();
const tokenName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** The specification has the first three; its own conformance suite annotates numbers as well. */
const mirroredTypes: ReadonlySet<unknown> = new Set(["string", "integer", "boolean", "number"]);
/** Depth limit, so that a definition from a tool server cannot exhaust the stack; no real tool nests its arguments deeper. */
const deepest = 32;

/**
 * The headers that the annotations `x-mcp-header` in a tool's inputSchema declare, where they are reached through
 * `properties` alone (MCP 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters"). A tool with one invalid
 * annotation has none: clients must ignore such annotations.
 */
export function mirroredParams(definition: JsonObject): MirroredParams {
  const found = new Map<string, readonly string[]>();
  return isJsonObject(definition["inputSchema"]) && collect(definition["inputSchema"], [], found) ? found : none;
}

/** False when an annotation is invalid. */
function collect(schema: JsonObject, path: readonly string[], found: Map<string, readonly string[]>): boolean {
  const { properties } = schema;
  if (!isJsonObject(properties) || path.length === deepest) return true;
  return Object.entries(properties).every(([key, property]) => {
    if (!isJsonObject(property)) return true;
    const at = [...path, key];
    return annotated(property, at, found) && collect(property, at, found);
  });
}

function annotated(property: JsonObject, at: readonly string[], found: Map<string, readonly string[]>): boolean {
  const name = property["x-mcp-header"];
  if (name === undefined) return true;
  if (typeof name !== "string" || !tokenName.test(name) || !mirroredTypes.has(property["type"])) return false;
  const header = mirroredPrefix + name.toLowerCase();
  if (found.has(header)) return false;
  found.set(header, at);
  return true;
}

/** Own keys only; undefined where there is nothing, or null, which a client must not mirror. */
export function mirroredArgument(args: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = args;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value ?? undefined;
}

/** Whole numbers without an exponent; a fraction of zeros says nothing. */
const wholeNumber = /^-?(?:0|[1-9][0-9]*)(?:\.0+)?$/;

/** Whether a header has the value of the argument. Integers are compared as numbers, everything else as text, with its case. */
export function mirrors(header: string, argument: JsonValue): boolean {
  const text = decodeMirrored(header);
  if (text === null) return false;
  if (typeof argument === "string") return text === argument;
  if (typeof argument === "number" && Number.isSafeInteger(argument) && wholeNumber.test(text))
    return Number(text) === argument;
  return (typeof argument === "number" || typeof argument === "boolean") && text === JSON.stringify(argument);
}

/** A text as a header may say it (MCP 2026-07-28, Streamable HTTP, "Value Encoding"); the reverse of `decodeMirrored`. */
export function encodeMirrored(text: string): string {
  const plain = /^[\x21-\x7e]+$/.test(text) && !text.startsWith("=?base64?");
  return plain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

/** Headers, flat as Node has them, with `Mcp-Name` repeating this name where it is there. */
export function withMirroredName(headers: readonly string[], name: string): string[] {
  return headers.map((text, at) =>
    at % 2 === 1 && headers[at - 1]?.toLowerCase() === "mcp-name" ? encodeMirrored(name) : text,
  );
}

/** Plain, or `=?base64?…?=` around UTF-8. Null when the sentinel holds no canonical base64 or no text. */
export function decodeMirrored(value: string): string | null {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, "base64");
  const text = bytes.toString("utf8");
  return bytes.toString("base64") === encoded && Buffer.from(text).equals(bytes) ? text : null;
}
