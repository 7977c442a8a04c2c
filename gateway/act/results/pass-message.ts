import { Refusal } from "../../domain/errors.ts";
import { renamedText } from "../../domain/exchange.ts";
import type { ToolCall, ToolQuery } from "../../domain/tool-call.ts";
import { after } from "../../lib/awaitable.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { AskedOnAnswer } from "../server-requests/server-requests.ts";
import type { AnswerJudge, AnswerReaders } from "./answer-judge.ts";
import { type ServerAsk, askedBy, pagesOf } from "./asked-by.ts";
import { judgeMessage } from "./judge-message.ts";
import type { MessageFilter } from "./mcp-answers.ts";
import { readAnswerJson } from "./read-content.ts";
import { readOnce } from "./read-once.ts";
import { readServerMessage } from "./server-message.ts";

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
  /** The message in UTF-8, where it came as that. */
  readonly body?: Buffer;
}

/**
 * A message of a tool server as its caller gets it: filtered, then judged, then, of a list of tools, what callers read in its place.
 * Null for a message that does not pass. @throws Refusal when the answer is withheld
 */
export function passMessage(
  text: string,
  { filter, readers, status, body }: PassOptions,
): string | null | Promise<string | null> {
  const before = filter.answered;
  const { judge, capture, present } = readers;
  const noted = (passed: string | null): string | null => {
    if (!before && filter.answered && passed !== null) capture?.message(passed);
    return passed === null || filter.renaming === null ? passed : renamedText(passed, filter.renaming);
  };
  const read = readOnce(judge, text, body ?? null);
  const filtered = filter.pass(text, read);
  if (judge === null && present === null && filter.asked === null) return after(filtered, noted);
  const judged = (message: string | null): string | null | Promise<string | null> =>
    judge === null || message === null
      ? message
      : judgeMessage(judge, { text: message, status, tool: filter.answeredTool, isBeside: filter.beside, read });
  const { asked } = filter;
  const passed: string | null | Promise<string | null> =
    asked === null
      ? after(filtered, judged)
      : Promise.resolve(filtered).then((message) =>
          message === null ? null : passAsked(message, asked, { requests: readers.requests, judged }),
        );
  if (present === null) return after(passed, noted);
  return Promise.resolve(passed)
    .then((message) => presented(message, filter, present))
    .then(noted);
}

/** The same of a stream that was taken up again: an answer that is withheld there is one of several, so an error takes its place. */
export async function passResumed(text: string, options: PassOptions): Promise<string | null> {
  const { filter, readers } = options;
  try {
    return await passMessage(text, options);
  } catch (thrown) {
    const told = thrown instanceof Refusal ? filter.instead(thrown) : null;
    if (told === null) throw thrown;
    readers.judge?.noteWithheld(thrown as Refusal);
    return filter.renaming === null ? told : renamedText(told, filter.renaming);
  }
}

interface ToTask {
  readonly call: ToolCall;
  /** It is the call of a task, whose caller cannot make the same call in another round. */
  readonly isRun: boolean;
  readonly judge: AnswerJudge | null;
  /** Null where the call is none of MCP. */
  readonly requests: AskedOnAnswer | null;
  readonly status: number;
}

/** The same of a message that is kept with a task: the answer to its call, or what its tool server asks. */
export async function passToTask(text: string, to: ToTask): Promise<string | null> {
  const { call, isRun, judge, requests, status } = to;
  const judged = (message: string): string | null | Promise<string | null> =>
    judge === null ? message : judgeMessage(judge, { text: message, status });
  if (requests === null) return judged(text);
  const asked = askedBy(call, readServerMessage(text));
  if (asked === "inputs" && isRun)
    throw new Refusal("upstream_answer_refused", { hint: "it asks for input in the middle of a held call" });
  return passAsked(text, asked, { requests, judged });
}

interface Passing {
  readonly requests: AskedOnAnswer;
  /** A message as the result phase lets it pass. */
  readonly judged: (message: string) => string | null | Promise<string | null>;
}

/** What is asked is read strictly and written anew, so that whoever answers reads what was judged. */
async function passAsked(
  message: string,
  asked: ServerAsk | null,
  { requests, judged }: Passing,
): Promise<string | null> {
  if (asked === null) return judged(message);
  const read = readAnswerJson(Buffer.from(message)) as JsonObject;
  const text = JSON.stringify(read);
  if (asked === "request") return requests.message(read, async () => judged(text));
  if (asked === "notice") {
    const passes = await requests.inputRequests(inputsIn(read["params"])).then(() => true, mayBeDropped);
    return passes ? judged(text) : null;
  }
  if (asked === "pages") {
    await requests.pages(pagesOf(read["error"] as JsonObject));
    return judged(text);
  }
  await requests.inputRequests(inputsIn(read["result"]));
  const passed = await judged(text);
  return passed === null ? null : requests.sealed(passed);
}

/** A notification that asks what is refused does not pass; the stream that it came on does. @throws Refusal where it cannot be read */
function mayBeDropped(thrown: unknown): false {
  if (thrown instanceof Refusal && thrown.code !== "upstream_answer_refused") return false;
  throw thrown;
}

/** @throws Refusal upstream_answer_refused */
function inputsIn(asking: JsonValue | undefined): JsonObject {
  const inputs = (asking as JsonObject)["inputRequests"] ?? {};
  if (!isJsonObject(inputs)) throw new Refusal("upstream_answer_refused", { detail: "inputRequests is not an object" });
  return inputs;
}

async function presented(
  passed: string | null,
  { listed }: MessageFilter,
  present: MessageReaders["present"],
): Promise<string | null> {
  return passed === null || present === null || listed === undefined ? passed : present(passed, listed);
}
