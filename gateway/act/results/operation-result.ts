import { STATUS_CODES } from "node:http";
import type { CalledOperation } from "../../domain/tool-call.ts";
import { isExactNumber, isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { Content } from "./read-content.ts";

/** An HTTP answer of which everything may pass. */
export interface PassedAnswer {
  readonly status: number;
  /** Without parameters, lower case; empty when absent. */
  readonly type: string;
  readonly body: Buffer;
  readonly content: Content;
}

/** Key of the HTTP status in `_meta`. */
const httpMeta = "dev.sallyport/http";

/**
 * The answer of an HTTP operation as the result of an MCP tool. JSON is structured content and the same as text; a status of 300 and
 * more, and an answer that breaks the promise of the tool's outputSchema, is an error that a model can read. Pure.
 */
export function toolResult(
  answer: PassedAnswer,
  { promised }: Pick<CalledOperation, "promised">,
  era: "legacy" | "modern",
): JsonObject {
  const { status, content } = answer;
  const said = { ...(era === "modern" ? { resultType: "complete" } : {}), content: [blockOf(answer)] };
  const about = { _meta: { [httpMeta]: { status } } };
  const name = `HTTP ${status}${STATUS_CODES[status] === undefined ? "" : ` ${STATUS_CODES[status]}`}`;
  if (status >= 300) return { ...said, content: [text(name), ...said.content], isError: true, ...about };
  const value = content.kind === "json" ? content.value : undefined;
  const isObject = isJsonObject(value) && !isExactNumber(value);
  if (promised !== null && (!isObject || !promised(value)))
    return { ...said, content: [text(`${name}. ${broken}`), ...said.content], isError: true, ...about };
  // Before 2026-07-28 structured content is an object.
  const structured = value !== undefined && (isObject || era === "modern") ? { structuredContent: value } : {};
  return { ...said, ...structured, isError: false, ...about };
}

const broken =
  "The call was executed. Its answer has not the form that the tool's outputSchema promises; do not repeat the call for that.";

function text(said: string): JsonObject {
  return { type: "text", text: said };
}

function blockOf({ type, body, content }: PassedAnswer): JsonObject {
  if (body.length === 0) return text("(no content)");
  if (content.kind !== "other") return text(body.toString());
  const data = body.toString("base64");
  if (type.startsWith("image/")) return { type: "image", data, mimeType: type };
  if (type.startsWith("audio/")) return { type: "audio", data, mimeType: type };
  return text(`(${body.length} bytes of the type ${type || "unknown"}, which are not passed on)`);
}
