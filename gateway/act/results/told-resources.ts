import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { listens } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseExact } from "../../lib/json.ts";
import { foldedKeys, lookalikeIn } from "../../lib/look-alike.ts";
import type { Visibility } from "./list-filter.ts";

type Sight = Pick<Visibility, "toListener">;

/** Of the resources that one stream may name. */
const mostResources = 256;

/**
 * A notification of the tool server as its caller may have it; null for one that does not pass. A server tells of resources on streams
 * that outlive the decision that opened them, and `subscriptions/listen` names many at once (MCP 2026-07-28, "Subscriptions"): so of each
 * resource it is looked up when it is told of whether its caller may listen to it. The message is written anew, with each member once.
 * @throws Refusal upstream_answer_refused
 */
export function toldOfResources(
  sight: Sight,
  evaluated: EvaluatedCall,
  { message, text }: { readonly message: JsonObject; readonly text: string },
): string | null | Promise<string | null> {
  const { method } = message;
  const isUpdate = method === "notifications/resources/updated";
  if (!isUpdate && method !== "notifications/subscriptions/acknowledged") return text;
  const { call } = evaluated;
  // Before MCP 2026-07-28 updates come on any stream of the session.
  if (call.mcp?.era === "modern" && !listens(call)) return null;
  const read = parseExact(text) as JsonObject;
  return isUpdate ? updated(sight, evaluated, read) : acknowledged(sight, evaluated, read);
}

async function updated(sight: Sight, evaluated: EvaluatedCall, message: JsonObject): Promise<string | null> {
  const { uri } = oneReading(message["params"]);
  if (typeof uri !== "string") refuse("an update of no resource");
  return (await sight.toListener(evaluated, uri)) ? JSON.stringify(message) : null;
}

/** What the server has granted, without what its caller has not asked for or may not listen to. */
async function acknowledged(sight: Sight, evaluated: EvaluatedCall, message: JsonObject): Promise<string> {
  const params = oneReading(message["params"]);
  const notifications = oneReading(params["notifications"]);
  const asked = new Set(subscribed(oneReading(evaluated.call.arguments["notifications"])).slice(0, mostResources));
  const granted = [...new Set(subscribed(notifications))].filter((uri) => asked.has(uri));
  const kept: string[] = [];
  for (const uri of granted) if (typeof uri === "string" && (await sight.toListener(evaluated, uri))) kept.push(uri);
  const shown =
    "resourceSubscriptions" in notifications ? { ...notifications, resourceSubscriptions: kept } : notifications;
  return JSON.stringify({ ...message, params: { ...params, notifications: shown } });
}

function subscribed({ resourceSubscriptions = [] }: JsonObject): readonly JsonValue[] {
  return Array.isArray(resourceSubscriptions) ? resourceSubscriptions : refuse("subscriptions that are no list");
}

const readKeys = foldedKeys(["uri", "notifications", "resourceSubscriptions"]);

/** Some clients find a member under another spelling, too. */
function oneReading(value: JsonValue = {}): JsonObject {
  if (!isJsonObject(value)) refuse("a notification whose params are no object");
  const meant = lookalikeIn(value, readKeys);
  if (meant !== null) refuse(`a member of a notification that some clients read as ${meant}`);
  if (Object.hasOwn(value, "__proto__")) refuse("a member of a notification that changes what others mean");
  return value;
}

function refuse(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail });
}
