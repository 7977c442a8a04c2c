import type { ToolQuery } from "../../domain/tool-call.ts";
import type { AnswerReaders } from "./answer-judge.ts";
import { nowOrLater } from "./event-rewriter.ts";
import { judgeMessage } from "./judge-message.ts";
import type { MessageFilter } from "./mcp-answers.ts";

export interface MessageReaders extends AnswerReaders {
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
  if (judge === null && present === null) return nowOrLater(filtered, noted);
  return Promise.resolve(filtered)
    .then((message) =>
      judge === null ? message : judgeMessage(judge, { text: message, status, tool: filter.answeredTool }),
    )
    .then((passed) => presented(passed, filter, present))
    .then(noted);
}

async function presented(
  passed: string | null,
  { listed }: MessageFilter,
  present: MessageReaders["present"],
): Promise<string | null> {
  return passed === null || present === null || listed === undefined ? passed : present(passed, listed);
}
