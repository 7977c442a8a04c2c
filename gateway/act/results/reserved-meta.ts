import { parseExact } from "../../lib/json-text.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

/** Keys in `_meta` that are the gateway's alone (MCP, `_meta`: the prefix names whose they are). */
const ownKeys = /^dev\.sallyport\//i;
/** A text without these has no such key, however it is escaped. */
const traces = /sallyport|\\u00[67]/i;
const outcomes: ReadonlySet<JsonValue> = new Set(["deny", "pending", "error"]);

/**
 * The text of a tool server's message without what it says in the gateway's name: keys `dev.sallyport/…` of any `_meta`, and an
 * error's `data` in the form of the gateway's. A text that hints at either is written anew, each key once and numbers as they
 * were; any other is returned as it is, for the price of one search.
 */
export function withoutOwnWords(text: string, message: JsonObject): string {
  if (!isJsonObject(message.error) && !traces.test(text)) return text;
  return JSON.stringify(withoutOwnWordsIn(parseExact(text) as JsonObject));
}

/** The same of a message that was parsed, or of its `result` or `error` in an object. */
export function withoutOwnWordsIn<Message extends JsonObject>(message: Message): Message {
  const cleaned = withoutKeys(message) as Message;
  const { error } = cleaned;
  if (!isJsonObject(error) || !isAccount(error.data)) return cleaned;
  const { data: _data, ...rest } = error;
  return { ...cleaned, error: rest };
}

function isAccount(data: JsonValue | undefined): boolean {
  return isJsonObject(data) && typeof data.id === "string" && outcomes.has(data.outcome ?? null);
}

function withoutKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutKeys);
  // A number that JSON.parse would change is an object of its own kind.
  if (!isJsonObject(value) || Object.isFrozen(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      withoutKeys(key === "_meta" && isJsonObject(inner) ? withoutOwnKeys(inner) : inner),
    ]),
  );
}

function withoutOwnKeys(meta: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !ownKeys.test(key)));
}
