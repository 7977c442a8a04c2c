import { Refusal } from "../../domain/errors.ts";
import { ownTaskPrefix } from "../../domain/tasks.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseExact } from "../../lib/json.ts";
import { withoutMetaKeys } from "./server-message.ts";

/** Key in `_meta` of the task that a message belongs to (MCP 2025-11-25, tasks). */
const relatedTask = "io.modelcontextprotocol/related-task";

/**
 * The text of a tool server's message without the gateway's own tasks, of which no server knows. Null for a notification about one. The mark
 * that relates a message to one (`relatedTask`) is left out. A route whose gateway makes no tasks passes those of a gateway behind it. `text`
 * has each key once, and the prefix without escapes (`withoutGatewayText`). @throws Refusal upstream_answer_refused for an answer that is such a task
 */
export function withoutOwnTasks({ route }: Pick<ToolCall, "route">, text: string): string | null {
  if (!route.hold.tasks || !text.includes(ownTaskPrefix)) return text;
  const message = parseExact(text) as JsonObject;
  if (isAboutOwn(message["params"]) && !Object.hasOwn(message, "id")) return null;
  if (isAboutOwn(message["result"])) {
    const detail = "a task under an id of the gateway's own tasks";
    throw new Refusal("upstream_answer_refused", { detail, hint: detail });
  }
  return JSON.stringify(withoutMetaKeys(message, (key, value) => key === relatedTask && isAboutOwn(value)));
}

/** Some clients find members under another case, too. */
function isAboutOwn(value: JsonValue | undefined): boolean {
  if (value === undefined || !isJsonObject(value)) return false;
  return Object.entries(value).some(([key, inner]) => {
    if (typeof inner === "string") return /^taskid$/i.test(key) && inner.startsWith(ownTaskPrefix);
    return /^task$/i.test(key) && isAboutOwn(inner);
  });
}
