import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import { readApartToRemember } from "./read-content.ts";

/** A message of a tool server that was read strictly before anybody looked at it. */
export interface ReadOnce {
  /** It was read from this text. */
  readonly text: string;
  /** Its length in UTF-8. */
  readonly bytes: number;
  /** Each key once, whoever reads it. */
  readonly message: JsonObject;
}

const idPath = [Buffer.from("id")];

/**
 * Reads a message whose answer is remembered and judged by no rule: the same reading serves the filter and the memory. Null where they
 * read by themselves, which also tells why a message is refused; and where an id is a number that is not written as JavaScript would.
 */
export function readOnce(judge: AnswerJudge | null, text: string, body: Buffer | null): ReadOnce | null {
  if (judge?.remembersAnswer !== true || judge.judges || judge.hasHeardEnough) return null;
  const bytes = body ?? Buffer.from(text);
  if (bytes.length > judge.rules.maxBytes) return null;
  const read = readApartToRemember(bytes, idPath);
  const message = read?.whole.value;
  if (!isJsonObject(message)) return null;
  const isPlainId = typeof message.id !== "number" || (read?.member?.bytes ?? null) !== null;
  return isPlainId ? { text, bytes: bytes.length, message } : null;
}
