import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { listens } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseExact } from "../../lib/json.ts";
import { foldedKeys, lookalikeIn } from "../../lib/look-alike.ts";
import type { Visibility } from "./list-filter.ts";

type Listening = Pick<Visibility, "mayListenTo">;

/** Most resources of an acknowledgement. */
const mostResources = 256;

/**
 * A notification of the tool server as its caller may have it; null for one that does not pass. A server tells of resources on streams
 * that outlive the decision that opened them, and `subscriptions/listen` names many at once (MCP 2026-07-28, "Subscriptions"): so of each
 * resource it is looked up when it is told of whether its caller may listen to it. The message is written anew, with each member once.
 * @throws Refusal upstream_answer_refused
 */
export function filterResourceNotification(
  visibility: Listening,
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
  return isUpdate ? updated(visibility, evaluated, read) : acknowledged(visibility, evaluated, read);
}

async function updated(visibility: Listening, evaluated: EvaluatedCall, message: JsonObject): Promise<string | null> {
  const { uri } = oneReading(message["params"]);
  if (typeof uri !== "string") refuse("an update of no resource");
  return (await visibility.mayListenTo(evaluated, uri)) ? JSON.stringify(message) : null;
}

/** What the server has granted, without what its caller has not asked for or may not listen to. */
async function acknowledged(visibility: Listening, evaluated: EvaluatedCall, message: JsonObject): Promise<string> {
  const params = oneReading(message["params"]);
  const notifications = oneReading(params["notifications"]);
  const asked = new Set(askedBy(evaluated).slice(0, mostResources));
  const granted = [...new Set(subscribed(notifications))].filter((uri) => asked.has(uri));
  const kept: string[] = [];
  for (const uri of granted)
    if (typeof uri === "string" && (await visibility.mayListenTo(evaluated, uri))) kept.push(uri);
  const shown =
    "resourceSubscriptions" in notifications ? { ...notifications, resourceSubscriptions: kept } : notifications;
  return JSON.stringify({ ...message, params: { ...params, notifications: shown } });
}

function askedBy({ call }: EvaluatedCall): readonly JsonValue[] {
  const { notifications } = call.arguments;
  const asked = isJsonObject(notifications) ? notifications["resourceSubscriptions"] : null;
  return Array.isArray(asked) ? asked : [];
}

function subscribed({ resourceSubscriptions = [] }: JsonObject): readonly JsonValue[] {
  return Array.isArray(resourceSubscriptions) ? resourceSubscriptions : refuse("subscriptions that are no list");
}

const readKeys = foldedKeys(["uri", "notifications", "resourceSubscriptions"]);

/** The object, if all clients read the same members in it. @throws Refusal upstream_answer_refused */
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
