import { Refusal } from "../../domain/errors.ts";
import { after, type Awaitable } from "../../lib/awaitable.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { AnswerJudge, Judged } from "./answer-judge.ts";
import { assertNoTextAsBlob, blockTypes } from "./content-blocks.ts";
import { hasWords } from "./message-words.ts";
import { isGatewayErrorData } from "./server-message.ts";
import type { ReadOnce } from "./read-once.ts";
import { readAnswerJson, readJsonToRemember } from "./read-content.ts";

/** A message as it came. */
interface Received {
  readonly text: string;
  /** HTTP status of the answer that it came with. */
  readonly status: number;
  /** The tool whose answer it is, where the request that was judged does not say so. */
  readonly tool?: string | null;
  /** It is known to be none that answers. */
  readonly isBeside?: boolean;
  /** It was read before, if this is still the same text. */
  readonly read?: ReadOnce | null;
}

/**
 * A JSON-RPC message of an MCP server as it may come back: of an answer its result or error is judged, of anything else its method and
 * params. It is written anew from what was read, so that all readers read what was judged. Null for a message beside the answer that
 * does not come back.
 * @throws Refusal result_blocked, result_undecided, result_unreadable, result_too_large
 */
export function judgeMessage(judge: AnswerJudge, received: Received): string | null | Promise<string | null> {
  if (judge.judges) return judgeStrictly(judge, received);
  const { text } = received;
  const remembering = rememberMessage(judge, received);
  return remembering instanceof Promise ? remembering.then(() => text) : text;
}

async function judgeStrictly(judge: AnswerJudge, received: Received): Promise<string | null> {
  const { text } = received;
  const bytes = Buffer.from(text);
  const { maxBytes, oversize } = judge.rules;
  if (bytes.length > maxBytes) {
    if (oversize === "block") throw new Refusal("result_too_large", { hint: `at most ${maxBytes} bytes` });
    await judge.passUnread();
    return text;
  }
  const message = readAnswerJson(bytes) as JsonObject;
  const passed = await judgeRead(judge, message, { ...received, bytes: bytes.length });
  return passed === null ? null : JSON.stringify(passed);
}

/** No rule has a say: it comes back as it came. @returns a promise where something has to be waited for */
function rememberMessage(judge: AnswerJudge, received: Received): Awaitable<unknown> {
  const { isBeside = false } = received;
  if (isBeside && judge.hasHeardEnough) return judge.rememberBeside(null, 0);
  if (!isBeside && !judge.remembersAnswer) return undefined;
  const read = received.read?.text === received.text ? received.read : readToRemember(judge, received.text);
  if (read === null) return isBeside ? judge.rememberBeside(null, 0) : judge.passUnread();
  const { message, bytes } = read;
  if (!("method" in message)) return judgeRead(judge, message, { ...received, bytes });
  const content = contentBeside(message);
  return content === null ? undefined : judge.rememberBeside(content, bytes);
}

/** Null for what is too large, or cannot be read so that it has one meaning. */
function readToRemember({ rules }: AnswerJudge, text: string): Omit<ReadOnce, "text"> | null {
  const bytes = Buffer.from(text);
  if (bytes.length > rules.maxBytes) return null;
  try {
    return { message: readJsonToRemember(bytes) as JsonObject, bytes: bytes.length };
  } catch {
    return null;
  }
}

/** Of a message beside the answer what its words stand in; null where it has none. */
function contentBeside(message: JsonObject): JsonObject | null {
  if (!hasWords(message)) return null;
  const { jsonrpc: _version, id: _id, ...content } = message;
  return { params: {}, ...content };
}

function judgeRead(
  judge: AnswerJudge,
  message: JsonObject,
  { status, bytes, tool = null }: Pick<Received, "status" | "tool"> & Known,
): Awaitable<JsonObject | null> {
  const known = { status, bytes };
  if ("method" in message) return judgeBeside(judge, message, known);
  if (!("error" in message)) {
    const judging = judgeResult(judge, message["result"] as JsonObject, { ...known, tool });
    return after(judging, (result) => ({ ...message, result }));
  }
  const judging = judgeError(judge, message["error"] as JsonObject, { ...known, tool });
  return after(judging, (error) => ({ ...message, error }));
}

interface Known {
  readonly status: number;
  readonly bytes: number;
}

interface KnownOfTool extends Known {
  /** Null: it is of none, or nobody knows of which. */
  readonly tool: string | null;
}

/** The tool of the task that a request is about; null where nobody knows it any more, and for any other request. */
function toolOfTask({ tools, evaluated }: AnswerJudge): string | null {
  const { action, arguments: args } = evaluated.call;
  const { taskId } = args;
  return isAboutTask(action) && typeof taskId === "string" ? tools.of(evaluated, taskId) : null;
}

function isAboutTask(action: string): boolean {
  return action.startsWith("tasks/");
}

/**
 * The result of a request: of a tool, of something else, or of a task, in which the result of a tool may lie (MCP 2026-07-28). `tool`: the
 * one that was called, where the answer comes on a stream that was taken up again.
 */
function judgeResult(judge: AnswerJudge, result: JsonObject, known: KnownOfTool): Awaitable<JsonValue> {
  const { tools, evaluated } = judge;
  const { action, name } = evaluated.call;
  const called = action === "tools/call" ? name : known.tool;
  if (called !== null) {
    for (const task of taskIdsIn(result)) tools.note(evaluated, task, called);
    return judgeAnswer(judge, result, { ...known, isError: result["isError"] === true, resultOf: called });
  }
  const tool = toolOfTask(judge);
  if (action === "tasks/result" || isToolResult(result)) return judgeAsTool(judge, result, { ...known, tool });
  const { result: inner, ...status } = result;
  return after(judgeStatus(judge, status, { ...known, tool }), (passed) =>
    inner === undefined || !isJsonObject(inner)
      ? passed
      : after(judgeAsTool(judge, inner, { ...known, tool }), (judged) => ({
          ...(passed as JsonObject),
          result: judged,
        })),
  );
}

/** What is said of a task is what its tool says; of any other request it is the whole result. */
function judgeStatus(judge: AnswerJudge, status: JsonObject, known: KnownOfTool): Awaitable<JsonValue> {
  const { action } = judge.evaluated.call;
  if (known.tool !== null || (isAboutOneTask(action) && hasWords({ params: status })))
    return judgeAsTool(judge, status, known);
  return judgeAnswer(judge, status, { ...known, isError: false });
}

/** The list of all tasks is of no single tool. */
function isAboutOneTask(action: string): boolean {
  return isAboutTask(action) && action !== "tasks/list";
}

/** An error that the gateway itself has put in the place of the server's is of no tool. */
function judgeError(judge: AnswerJudge, error: JsonObject, known: KnownOfTool): Awaitable<JsonValue> {
  const tool = known.tool ?? toolOfTask(judge);
  const isOfTool = judge.evaluated.call.action === "tasks/result" && !isGatewayErrorData(error["data"]);
  if (tool === null && isOfTool) assertNoToolRules(judge);
  return judgeAnswer(judge, error, { ...known, isError: true, ...(tool === null ? {} : { resultOf: tool }) });
}

/** @throws Refusal result_unreadable when rules of single tools may be about it, and nobody knows which tool it is of */
function judgeAsTool(judge: AnswerJudge, result: JsonObject, known: KnownOfTool): Awaitable<JsonValue> {
  const { tool } = known;
  if (tool === null) assertNoToolRules(judge);
  const isError = result["isError"] === true;
  return judgeAnswer(judge, result, { ...known, isError, ...(tool === null ? {} : { resultOf: tool }) });
}

function assertNoToolRules({ evaluated: { call, facts } }: AnswerJudge): void {
  if (facts.policy.judgesResult(call.route.server, null))
    throw new Refusal("result_unreadable", { detail: "it is not known which tool this is the result of" });
}

function judgeAnswer(
  judge: AnswerJudge,
  content: JsonObject,
  {
    status,
    bytes,
    isError,
    resultOf,
    args = null,
  }: Known & Pick<Judged, "resultOf" | "args"> & { readonly isError: boolean },
): Awaitable<JsonValue> {
  if (judge.judges) assertNoTextAsBlob(content);
  return judge.judge({
    part: "answer",
    status,
    bytes,
    content,
    content_types: blockTypes(content),
    is_error: isError,
    isReadable: true,
    ...(resultOf === undefined ? {} : { resultOf, args }),
  });
}

/** The answer to an earlier call of a tool. `args`: null when they are not known. */
export interface KeptAnswer {
  readonly content: JsonObject;
  readonly isError: boolean;
  readonly tool: string;
  readonly args: JsonObject | null;
}

/** What of an answer that was kept may reach its caller now. @throws Refusal result_blocked, result_undecided, result_too_large */
export async function judgeKept(judge: AnswerJudge, { content, isError, tool, args }: KeptAnswer): Promise<JsonObject> {
  const { maxBytes, oversize } = judge.rules;
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes > maxBytes) {
    if (oversize === "block") throw new Refusal("result_too_large", { hint: `at most ${maxBytes} bytes` });
    await judge.passUnread();
    return content;
  }
  const passed = await judgeAnswer(judge, content, { status: 200, bytes, isError, resultOf: tool, args });
  return passed as JsonObject;
}

/** Progress, log messages, and questions of the tool server to its client. */
async function judgeBeside(judge: AnswerJudge, message: JsonObject, known: Known): Promise<JsonObject | null> {
  const { jsonrpc: _version, id: _id, ...content } = message;
  const saysNothing = !hasWords(message);
  const fact = {
    ...known,
    part: "message",
    content_types: [],
    is_error: false,
    isReadable: true,
    saysNothing,
  } as const;
  try {
    const passed = (await judge.judge({ ...fact, content: { params: {}, ...content } })) as JsonObject;
    // A method that is not the same any more is none.
    if (passed["method"] !== message["method"]) return null;
    return "params" in message ? { ...message, params: passed["params"] ?? {} } : message;
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.code === "result_blocked") return null;
    throw thrown;
  }
}

/** The task that the tool server has made of the call, by each version's form of saying so: clients read one of them. */
function taskIdsIn({ task, taskId }: JsonObject): string[] {
  const within = task !== undefined && isJsonObject(task) ? task["taskId"] : undefined;
  return [taskId, within].filter((id) => typeof id === "string");
}

function isToolResult(result: JsonObject): boolean {
  return Array.isArray(result["content"]) || "structuredContent" in result;
}
