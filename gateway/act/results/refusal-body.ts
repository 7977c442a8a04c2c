import { isUtf8 } from "node:buffer";
import { isJsonObject } from "../../lib/json.ts";
import { foldKey } from "../../lib/look-alike.ts";
import { Refusal } from "../../domain/errors.ts";
import type { AnswerHead } from "../../domain/upstream-answer.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import { judgeMessage } from "./judge-message.ts";
import { mediaType } from "./read-content.ts";
import { withoutGatewayText } from "./server-message.ts";
import { parseJson } from "../../lib/parse-json.ts";

const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/;

export const isPlainJson = (type: string): boolean => jsonType.test(type);

export function isMethod(key: string): boolean {
  return foldKey(key) === "method";
}

/**
 * The body of an answer that is no success, without what it says in the gateway's name, and the JSON in it. One that some client could
 * read as a result is withheld.
 */
export function refusalOf(body: Buffer, { type }: AnswerHead): { readonly shown: Buffer; readonly message: unknown } {
  let text: string;
  let message: unknown;
  try {
    text = decoded(body);
    message = parseJson(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    if (body.length === 0 || !isPlainJson(type)) return { shown: body, message: null };
    throw new Refusal("upstream_answer_refused", { detail: "a refusal that is not JSON", cause });
  }
  const isResult = (key: string): boolean => foldKey(key) === "result" || key === "__proto__";
  if (Array.isArray(message) || (isJsonObject(message) && Object.keys(message).some(isResult)))
    withhold("a refusal that holds a result");
  const shown = isJsonObject(message) ? withoutGatewayText(text.replace(/^\ufeff/, ""), message) : text;
  return { shown: shown === text ? body : Buffer.from(shown), message };
}

/** What may pass of the body of an answer that is no success. */
interface JudgedRefusal {
  /** It is an error of the protocol. */
  readonly isError: boolean;
  readonly text: string;
  readonly written: Buffer;
}

/**
 * An error of the protocol is judged as one; any other body, which some layer before the tool server has written, as it is.
 * @throws Refusal as `AnswerJudge.judge`
 */
export async function judgedRefusal(
  judge: AnswerJudge,
  shown: Buffer,
  { status, type }: Pick<AnswerHead, "status" | "type">,
): Promise<JudgedRefusal> {
  const read = judge.read(shown, type);
  const isError = read.kind === "json" && isJsonObject(read.value) && isJsonObject(read.value["error"]);
  const types = type === "" ? [] : [mediaType(type)];
  const facts = { bytes: shown.length, content: read.value, content_types: types, isReadable: read.kind !== "other" };
  const passed = isError
    ? await judgeMessage(judge, { text: decoded(shown), status })
    : await judge.judge({ part: "answer", status, is_error: true, ...facts });
  const text = isError || read.kind !== "json" ? String(passed ?? "") : JSON.stringify(passed);
  return { isError, text, written: passed === read.value ? shown : Buffer.from(text) };
}

/**
 * Why rules cannot read the body, where clients go by the status alone: that a server opens no stream, takes no message or ends no session, and
 * that a session is no more (MCP 2025-11-25, "Session Management"). Many servers say it in a text without a type, or in another charset.
 * @throws what was thrown, anywhere else
 */
export function unreadBesideStatus(
  thrown: unknown,
  { mcp }: Pick<ToolCall, "mcp">,
  { status }: Pick<AnswerHead, "status">,
): Refusal {
  const saysAll = mcp !== null && (mcp.kind !== "request" || (status === 404 && mcp.transportSession !== null));
  if (saysAll && thrown instanceof Refusal && thrown.code === "result_unreadable") return thrown;
  throw thrown;
}

/** @throws Refusal upstream_answer_refused */
export function decoded(body: Buffer): string {
  return isUtf8(body) ? body.toString() : withhold("not UTF-8");
}

export function withhold(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail });
}
