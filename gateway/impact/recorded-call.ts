import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { type Verdict, verdictOfRecord } from "./verdict.ts";
import { parseJson } from "../lib/parse-json.ts";

/** A decision of the log, as far as it can be judged anew. */
export interface RecordedCall {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly tool: string;
  readonly subject: string;
  /** What the policy said then; null where the gateway refused by itself, whatever the policy says. */
  readonly said: Verdict | null;
  /** Null where the record keeps nothing of it. */
  readonly input: RecordedInput | null;
  /** JSON pointers into the input to what the record leaves out; empty for the whole of it. */
  readonly leftOut: readonly string[];
  /** Whether the record lacks a part of what the policy said. */
  readonly isAnswerMasked: boolean;
}

/** In the place of a tool or a subject that a record does not name. */
export const nobody = "–";

/** The input of a call as its record keeps it. */
export interface RecordedInput {
  /** Its numbers are those of JavaScript. It may be part of other inputs too, and is not changed. */
  readonly document: JsonObject;
  /** JSON text of it, with the digits of its numbers as recorded. */
  readonly text: () => string;
  /** A text in which its time has the digits as recorded. */
  readonly timed: string;
}

/** A record of the log, as far as it is read here. */
export interface ReadRecord {
  readonly record: JsonObject;
  /** As it stands in the log. */
  readonly line: string;
  /** With all that it refers to. */
  readonly whole: () => string;
}

/** Null for a record that is no decision. */
export function recordedCall({ record, line, whole }: ReadRecord): RecordedCall | null {
  const { kind, decision_id: id, timestamp: at, tool, subject, result, erased, masked, input } = record;
  if (kind !== "decision" || typeof id !== "string" || result === undefined || !isJsonObject(result)) return null;
  return {
    id,
    at: typeof at === "string" ? at : "",
    tool: typeof tool === "string" ? tool : nobody,
    subject: typeof subject === "string" ? subject : nobody,
    said: isOfPolicy(result["doubt"]) ? verdictOfRecord(result) : null,
    input: input === undefined || !isOfContract(input) ? null : inputOf(input, line, whole),
    leftOut: [...leftOutOf(erased), ...leftOutOf(masked)],
    isAnswerMasked: [erased, masked].some((of) => Array.isArray(of) && of.some(isOfAnswer)),
  };
}

/** The input as its text alone. */
export function inputOfText(text: string): RecordedInput {
  return { document: parseJson(text) as JsonObject, text: () => text, timed: text };
}

function isOfContract(input: JsonValue): input is JsonObject {
  return isJsonObject(input) && input["contract"] !== undefined;
}

function inputOf(document: JsonObject, line: string, whole: () => string): RecordedInput {
  return {
    document,
    text: () => {
      const text = whole();
      const found = place.exec(text);
      return found === null ? "{}" : text.slice(found.index + found[0].length, -1);
    },
    timed: line,
  };
}

/** The input is the last member of its record. */
const place = /,"input":(?=\{"contract":)/;

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
