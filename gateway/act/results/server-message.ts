import { parseExact, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { Refusal } from "../../domain/errors.ts";
import { parseJson } from "../../lib/parse-json.ts";
import type { ReadOnce } from "./read-once.ts";

/** One JSON-RPC 2.0 message of a tool server. The id of an error may be null: the server could not read the request's. */
export type ServerMessage =
  | { readonly kind: "answer"; readonly id: string | number | null; readonly message: JsonObject }
  | { readonly kind: "request" | "notification"; readonly message: JsonObject };

const keysOf = {
  result: new Set(["jsonrpc", "id", "result"]),
  error: new Set(["jsonrpc", "id", "error"]),
  request: new Set(["jsonrpc", "id", "method", "params"]),
  notification: new Set(["jsonrpc", "method", "params"]),
} as const;

type Kind = keyof typeof keysOf;

/**
 * Reads the outermost object of a message so that no client can read another id or another kind in it: exactly the keys of its
 * kind, each once. What lies within is not looked at. `read`: it was read strictly before.
 * @throws Refusal upstream_answer_refused
 */
export function readServerMessage(text: string, read: ReadOnce | null = null): ServerMessage {
  const message = read?.message ?? parsed(text);
  if (message.jsonrpc !== "2.0") refuse('jsonrpc is not "2.0"');
  const kind = kindOf(message);
  const idEnd = read === null ? endOfId(text, kind) : null;
  if (read !== null && !Object.keys(message).every((key) => keysOf[kind].has(key))) refuseKey(kind);
  if (kind === "request" || kind === "notification") {
    if (typeof message.method !== "string") refuse("method is not a string");
    return { kind, message };
  }
  if (!isJsonObject(message[kind])) refuse(`${kind} is not an object`);
  const id = answeredId(message.id, kind);
  if (typeof id === "number" && idEnd !== null && !isSpelledOut(text, idEnd, id))
    refuse("id is a number that others read otherwise");
  return { kind: "answer", id, message };
}

/** Where the key `id` ends, 0 without one. @throws Refusal upstream_answer_refused for a key that the kind does not have, or a second one */
function endOfId(text: string, kind: Kind): number {
  const seen = new Map<string, number>();
  for (const { key, end } of outerKeys(text)) {
    if (seen.has(key) || !keysOf[kind].has(key)) refuseKey(kind);
    seen.set(key, end);
  }
  return seen.get("id") ?? 0;
}

function refuseKey(kind: Kind): never {
  return refuse(`a key that a JSON-RPC ${kind} does not have, or a second one`);
}

const spelled = /\s*:\s*(-?\d+)(?:\.0+)?\s*[,}]/y;

/** Whether the digits behind a key are those of this integer: `8.0000000000000001` is 8 to some readers alone. */
function isSpelledOut(text: string, end: number, id: number): boolean {
  spelled.lastIndex = end;
  return spelled.exec(text)?.[1] === String(id);
}

function parsed(text: string): JsonObject {
  let message: unknown;
  try {
    message = parseJson(text);
  } catch (cause) {
    // The parser's own words quote the answer.
    throw new Refusal("upstream_answer_refused", { detail: "not JSON", cause });
  }
  return isJsonObject(message) ? message : refuse("not one JSON-RPC message");
}

function kindOf(message: JsonObject): Kind {
  if (Object.hasOwn(message, "method")) return Object.hasOwn(message, "id") ? "request" : "notification";
  return Object.hasOwn(message, "error") ? "error" : "result";
}

function answeredId(id: JsonValue | undefined, kind: "result" | "error"): string | number | null {
  if (typeof id === "string" || Number.isSafeInteger(id)) return id as string | number;
  return kind === "error" && (id === null || id === undefined) ? null : refuse("id is neither a string nor an integer");
}

/** Keys of the outermost object as written, in order, and where each ends; JSON.parse would keep the last of two. `text` is valid JSON and an object. */
function outerKeys(text: string): { readonly key: string; readonly end: number }[] {
  const keys: { key: string; end: number }[] = [];
  let depth = 0;
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: {
        const end = stringEnd(text, at);
        if (isKey) keys.push({ key: parseJson(text.slice(at, end + 1)) as string, end: end + 1 });
        isKey = false;
        at = end;
        break;
      }
      case 0x7b:
      case 0x5b:
        depth++;
        isKey = depth === 1;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
      case 0x2c:
        isKey = depth === 1;
        break;
    }
  }
  return keys;
}

/** Where the closing quote of the string stands that begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++;
    if (escapes % 2 === 0) return end;
  }
}

function refuse(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail });
}

/** Keys in `_meta` that are the gateway's alone (MCP, `_meta`: the prefix names whose they are). */
const gatewayKeys = /^dev\.sallyport\//i;

/** A text without these has no such key, however it is escaped. */
const traces = /sallyport|\\u00[67]/i;

const outcomes: ReadonlySet<JsonValue> = new Set(["deny", "pending", "error"]);

/**
 * The text of a tool server's message without what it says in the gateway's name: keys `dev.sallyport/…` of any `_meta`, and an
 * error's `data` in the form of the gateway's. A text that hints at either is written anew, each key once and numbers as they
 * were; any other is returned as it is, for the price of one search.
 */
export function withoutGatewayText(text: string, message: JsonObject): string {
  if (!isJsonObject(message.error) && !traces.test(text)) return text;
  return JSON.stringify(withoutGatewayMembers(parseExact(text) as JsonObject));
}

/** The same of a message that was parsed, or of its `result` or `error` in an object. */
export function withoutGatewayMembers<Message extends JsonObject>(message: Message): Message {
  const cleaned = withoutMetaKeys(message, (key) => gatewayKeys.test(key)) as Message;
  const { error } = cleaned;
  if (!isJsonObject(error) || !isGatewayErrorData(error.data)) return cleaned;
  const { data: _data, ...rest } = error;
  return { ...cleaned, error: rest };
}

/** Whether an error's `data` has the form of the gateway's own; no tool server's has it once it has passed `withoutGatewayMembers`. */
export function isGatewayErrorData(data: JsonValue | undefined): boolean {
  return isJsonObject(data) && typeof data.id === "string" && outcomes.has(data.outcome ?? null);
}

/** The value without these keys of any `_meta` in it. */
export function withoutMetaKeys(value: JsonValue, isLeftOut: (key: string, value: JsonValue) => boolean): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((inner) => withoutMetaKeys(inner, isLeftOut));
  // A number that JSON.parse would change is an object of its own kind.
  if (!isJsonObject(value) || Object.isFrozen(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isMeta = key === "_meta" && isJsonObject(inner);
      const kept = isMeta
        ? Object.fromEntries(Object.entries(inner).filter(([name, member]) => !isLeftOut(name, member)))
        : inner;
      return [key, withoutMetaKeys(kept, isLeftOut)];
    }),
  );
}
