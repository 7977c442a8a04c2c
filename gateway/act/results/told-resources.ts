import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseExact } from "../../lib/json.ts";
import { foldedKeys, lookalikeIn } from "../../lib/look-alike.ts";
import type { Visibility } from "./list-filter.ts";

type Sight = Pick<Visibility, "toListener">;

/**
 * A notification of the tool server as its caller may have it; null for one that does not pass. A server tells of resources on streams
 * that outlive the decision that opened them, and `subscriptions/listen` names many at once (MCP 2026-07-28, "Subscriptions"): so of each
 * resource it is looked up when it is told of whether its caller may see it, by the policy of that moment.
 * @throws Refusal upstream_answer_refused
 */
export function toldOfResources(
  sight: Sight,
  evaluated: EvaluatedCall,
  { message, text }: { readonly message: JsonObject; readonly text: string },
): string | null | Promise<string | null> {
  switch (message["method"]) {
    case "notifications/resources/updated":
      return updated(sight, evaluated, { uri: oneReading(message["params"])["uri"], text });
    case "notifications/subscriptions/acknowledged":
      return acknowledged(sight, evaluated, { asked: subscribed(message), text });
    default:
      return text;
  }
}

async function updated(
  sight: Sight,
  evaluated: EvaluatedCall,
  { uri, text }: { readonly uri: JsonValue | undefined; readonly text: string },
): Promise<string | null> {
  if (typeof uri !== "string") refuse("an update of no resource");
  return (await sight.toListener(evaluated, uri)) ? text : null;
}

/** What the server has granted, without what its caller may not see. */
async function acknowledged(
  sight: Sight,
  evaluated: EvaluatedCall,
  { asked, text }: { readonly asked: readonly JsonValue[]; readonly text: string },
): Promise<string> {
  const uris = new Set(asked.filter((uri) => typeof uri === "string"));
  const seen = new Map<JsonValue, boolean>();
  for (const uri of uris) seen.set(uri, await sight.toListener(evaluated, uri));
  if (asked.every((uri) => seen.get(uri) === true)) return text;
  const { params, ...message } = parseExact(text) as { params: JsonObject & { notifications: JsonObject } };
  const resourceSubscriptions = asked.filter((uri) => seen.get(uri) === true);
  const notifications = { ...params.notifications, resourceSubscriptions };
  return JSON.stringify({ ...message, params: { ...params, notifications } });
}

function subscribed({ params }: JsonObject): readonly JsonValue[] {
  const { notifications } = oneReading(params);
  const { resourceSubscriptions = [] } = oneReading(notifications);
  return Array.isArray(resourceSubscriptions) ? resourceSubscriptions : refuse("subscriptions that are no list");
}

const readKeys = foldedKeys(["uri", "notifications", "resourceSubscriptions"]);

/** Some clients find a member under another spelling, too. */
function oneReading(value: JsonValue = {}): JsonObject {
  if (!isJsonObject(value)) refuse("a notification whose params are no object");
  const meant = lookalikeIn(value, readKeys);
  if (meant !== null) refuse(`a member of a notification that some clients read as ${meant}`);
  return value;
}

function refuse(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail });
}
