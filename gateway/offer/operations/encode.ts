import { isExactNumber, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { OfferedOperation } from "./describe.ts";
import type { OfferedParameter } from "./parameters.ts";

type Pairs = readonly (readonly [string, string])[];

/** The HTTP request that the arguments of a call mean, decoded and as it is written. */
export interface MeantRequest {
  /** Values of the path's parameters. */
  readonly path: Pairs;
  readonly query: Pairs;
  readonly headers: Pairs;
  /** Path and query below the upstream, written. */
  readonly target: string;
  readonly contentType: string | null;
  readonly body: Buffer;
}

/** Arguments that cannot be written so that each stays in its place. The message is for the caller. */
export class UnfitArguments extends Error {
  override readonly name = "UnfitArguments";
}

/**
 * Writes the request. Every value is escaped for its place, and one that would still be read as something else there (a separator
 * within a list, a line break in a header, an empty segment) is refused; what reads the request afterwards refuses the rest.
 * `args`: numbers may keep their digits. @throws UnfitArguments
 */
export function meantRequest(operation: OfferedOperation, args: JsonObject): MeantRequest {
  const { parameters, template } = operation;
  const given = Object.entries(args).filter(([name, value]) => value !== null || isOfBody(operation, name));
  const values = new Map(given);
  const written = new Map(parameters.flatMap((one) => writtenAs(one, values)));
  const rest = given.filter(([name]) => !parameters.some((one) => one.name === name));
  const of = (place: OfferedParameter["in"]): Pairs =>
    parameters.filter((one) => one.in === place).flatMap(({ name }) => written.get(name) ?? []);
  const [path, query, headers] = [of("path"), of("query"), of("header")];
  const filled = template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => escaped(valueOf(path, name)));
  return { path, query, headers, target: targetOf(filled, query), ...bodyOf(operation, rest) };
}

function isOfBody({ parameters }: OfferedOperation, name: string): boolean {
  return !parameters.some((one) => one.name === name);
}

function targetOf(path: string, query: Pairs): string {
  const text = query.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join("&");
  return text === "" ? path : `${path}?${text}`;
}

function valueOf(pairs: Pairs, name: string): string {
  return pairs.find(([one]) => one === name)?.[1] ?? unfit(`${name} is missing`);
}

function escaped(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return unfit("a text is no Unicode");
  }
}

function writtenAs(one: OfferedParameter, values: ReadonlyMap<string, JsonValue>): [string, Pairs][] {
  const value = values.get(one.name);
  if (value === undefined) return one.required ? unfit(`${one.name} is missing`) : [];
  return [[one.name, checked(one, pairsOf(one, value))]];
}

function pairsOf({ name, kind, separator, deep, keys }: OfferedParameter, value: JsonValue): Pairs {
  if (kind === "json") return [[name, JSON.stringify(value)]];
  if (kind === "scalar") return [[name, scalar(name, value)]];
  if (kind === "object") {
    if (!isJsonObject(value) || isExactNumber(value)) return unfit(`${name} is not an object`);
    return Object.entries(value).map(([key, inner]) => {
      if (!keys.has(key)) unfit(`${name} has no ${JSON.stringify(key.slice(0, 60))}`);
      return [deep ? `${name}[${key}]` : key, scalar(`${name}.${key}`, inner)];
    });
  }
  if (!Array.isArray(value)) return unfit(`${name} is not a list`);
  const items = (value as readonly JsonValue[]).map((item) => scalar(`an item of ${name}`, item));
  if (separator === null) return items.map((item) => [name, item]);
  if (items.some((item) => item.includes(separator))) unfit(`an item of ${name} holds what separates items`);
  if (items.length === 1 && items[0] === "") unfit(`${name} is a list of one empty item, which would be read as none`);
  return items.length === 0 ? [] : [[name, items.join(separator)]];
}

const headerValue = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** What no escape can keep in its place. */
function checked(one: OfferedParameter, pairs: Pairs): Pairs {
  for (const [, text] of pairs) {
    if (one.in === "path" && text === "") unfit(`${one.name} is empty, and a part of the path`);
    if (one.in === "header" && !headerValue.test(text))
      unfit(`${one.name} is a header, which holds visible ASCII alone`);
  }
  if (one.in === "path" && pairs.length === 0) unfit(`${one.name} is empty, and a part of the path`);
  return pairs;
}

function scalar(name: string, value: JsonValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || isExactNumber(value)) return JSON.stringify(value);
  return unfit(`${name} is not a text, number or boolean`);
}

function bodyOf(
  { body }: OfferedOperation,
  given: readonly (readonly [string, JsonValue])[],
): Pick<MeantRequest, "contentType" | "body"> {
  const unknown = given.find(([name]) => body === null || !body.takes(name));
  if (unknown !== undefined) unfit(`there is no ${JSON.stringify(unknown[0].slice(0, 60))}`);
  if (body === null || (given.length === 0 && !body.required)) return { contentType: null, body: Buffer.alloc(0) };
  if (given.length === 0 && body.isWhole) unfit("body is missing");
  const value = body.isWhole ? (given[0]?.[1] ?? null) : Object.fromEntries(given);
  const text = body.isForm ? formText(given) : JSON.stringify(value);
  // An empty form has no bytes, and so no type.
  return { contentType: text === "" ? null : body.type, body: Buffer.from(text) };
}

function formText(given: readonly (readonly [string, JsonValue])[]): string {
  const pairs = given.flatMap(([name, value]) =>
    Array.isArray(value)
      ? (value as readonly JsonValue[]).map((item) => [name, scalar(`an item of ${name}`, item)] as const)
      : [[name, scalar(name, value)] as const],
  );
  return pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join("&");
}

function unfit(message: string): never {
  throw new UnfitArguments(message);
}
