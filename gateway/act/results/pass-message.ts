import { Refusal } from "../../domain/errors.ts";
import type { ToolQuery } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { AskedOnAnswer } from "../server-requests/server-requests.ts";
import type { AnswerJudge, AnswerReaders } from "./answer-judge.ts";
import type { Asked } from "./asked-by.ts";
import { nowOrLater } from "./event-rewriter.ts";
import { judgeMessage } from "./judge-message.ts";
import type { MessageFilter } from "./mcp-answers.ts";
import { readAnswerJson } from "./read-content.ts";

export interface MessageReaders extends AnswerReaders {
  /** Through it passes what the tool server asks its caller. */
  readonly requests: AskedOnAnswer;
  /** Puts something else in the place of a list of tools that may pass. Null: callers read the list itself. */
  readonly present: ((message: string, query: ToolQuery | null) => Promise<string>) | null;
}

export interface PassOptions {
  readonly filter: MessageFilter;
  readonly readers: MessageReaders;
  /** HTTP status of the answer that the message came with. */
  readonly status: number;
}

/**
 * A message of a tool server as its caller gets it: filtered, then judged, then, of a list of tools, what callers read in its place.
 * Null for a message that does not pass. @throws Refusal when the answer is withheld
 */
export function passMessage(
  text: string,
  { filter, readers, status }: PassOptions,
): string | null | Promise<string | null> {
  const before = filter.answered;
  const { judge, capture, present } = readers;
  const noted = (passed: string | null): string | null => {
    if (!before && filter.answered && passed !== null) capture?.message(passed);
    return passed;
  };
  const filtered = filter.pass(text);
  if (judge === null && present === null && filter.asked === null) return nowOrLater(filtered, noted);
  const judged = (message: string): Promise<string | null> | string =>
    judge === null ? message : judgeMessage(judge, { text: message, status, tool: filter.answeredTool });
  return Promise.resolve(filtered)
    .then((message) => passAsked(message, filter.asked, { requests: readers.requests, judged }))
    .then((passed) => presented(passed, filter, present))
    .then(noted);
}

interface ToTask {
  readonly judge: AnswerJudge | null;
  /** Null for an answer. */
  readonly requests: AskedOnAnswer | null;
  readonly status: number;
}

/** The same of a message that is kept with a task: the answer to its call, or what its tool server asks. */
export async function passToTask(text: string, { judge, requests, status }: ToTask): Promise<string | null> {
  const judged = (message: string): Promise<string | null> | string =>
    judge === null ? message : judgeMessage(judge, { text: message, status });
  return requests === null ? judged(text) : passAsked(text, "request", { requests, judged });
}

interface Passing {
  readonly requests: AskedOnAnswer;
  /** A message as the result phase lets it pass. */
  readonly judged: (message: string) => Promise<string | null> | string;
}

/** What is asked is read strictly and written anew, so that whoever answers reads what was judged. */
async function passAsked(message: string, asked: Asked | null, { requests, judged }: Passing): Promise<string | null> {
  if (asked === null) return judged(message);
  const read = readAnswerJson(Buffer.from(message)) as JsonObject;
  const text = JSON.stringify(read);
  if (asked === "request") return requests.message(read, async () => judged(text));
  const result = read["result"] as JsonObject;
  const inputs = result["inputRequests"] ?? {};
  if (!isJsonObject(inputs)) throw new Refusal("upstream_answer_refused", { detail: "inputRequests is not an object" });
  await requests.inputRequests(inputs);
  const passed = await judged(text);
  return passed === null ? null : requests.sealed(passed);
}

async function presented(
  passed: string | null,
  { listed }: MessageFilter,
  present: MessageReaders["present"],
): Promise<string | null> {
  return passed === null || present === null || listed === undefined ? passed : present(passed, listed);
}
