import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { type Verdict, verdictOfRecord } from "./verdict.ts";

/** A decision of the log, as far as it can be judged anew. */
export interface RecordedCall {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly tool: string;
  readonly subject: string;
  /** What the policy said then; null where the gateway refused by itself, whatever the policy says. */
  readonly said: Verdict | null;
  /** JSON text of the input, with the digits of its numbers as recorded; null where the record keeps nothing of it. */
  readonly text: string | null;
  /** JSON pointers into the input to what the record leaves out; empty for the whole of it. */
  readonly leftOut: readonly string[];
  /** Whether the record lacks a part of what the policy said. */
  readonly isAnswerMasked: boolean;
}

/** In the place of a tool or a subject that a record does not name. */
export const nobody = "–";

/** Null for a line that is no decision. */
export function readRecordedCall(line: string): RecordedCall | null {
  const { about, text } = partsOf(line);
  const record = parsed(about);
  if (record === null || record["kind"] !== "decision") return null;
  const { decision_id: id, timestamp: at, tool, subject, result, erased, masked } = record;
  if (typeof id !== "string" || result === undefined || !isJsonObject(result)) return null;
  return {
    id,
    at: typeof at === "string" ? at : "",
    tool: typeof tool === "string" ? tool : nobody,
    subject: typeof subject === "string" ? subject : nobody,
    said: isOfPolicy(result["doubt"]) ? verdictOfRecord(result) : null,
    text,
    leftOut: [...leftOutOf(erased), ...leftOutOf(masked)],
    isAnswerMasked: [erased, masked].some((of) => Array.isArray(of) && of.some(isOfAnswer)),
  };
}

/** The input is the last member of its record, and by far the largest: it is parsed by whoever judges it. */
const input = /,"input":(?=\{"contract":)/;

function partsOf(line: string): { readonly about: string; readonly text: string | null } {
  const found = input.exec(line);
  if (found === null) return { about: line, text: null };
  const { index } = found;
  return { about: `${line.slice(0, index)}}`, text: line.slice(index + found[0].length, -1) };
}

function parsed(text: string): JsonObject | null {
  try {
    const record: unknown = JSON.parse(text);
    return isJsonObject(record) ? record : null;
  } catch {
    return null;
  }
}

/** Nobody asked a policy then. */
const unasked: ReadonlySet<string> = new Set(["policy_not_loaded", "policy_stale"]);

/** What the gateway refuses by itself has a code of its own in `doubt`; so have faults of the policy, which are its answer. */
export function isOfPolicy(doubt: JsonValue | undefined): boolean {
  return doubt === null || (typeof doubt === "string" && doubt.startsWith("policy_") && !unasked.has(doubt));
}

const isOfAnswer = (pointer: JsonValue): boolean => typeof pointer === "string" && /^\/result(?:\/|$)/.test(pointer);

/** Pointers into the input, of pointers into the record. */
export function leftOutOf(erased: JsonValue | undefined): string[] {
  const pointers = Array.isArray(erased) ? (erased as readonly JsonValue[]) : [];
  return pointers.flatMap((pointer) =>
    typeof pointer === "string" && pointer.startsWith("/input") ? [pointer.slice("/input".length)] : [],
  );
}
