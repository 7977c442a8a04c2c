import { hash } from "node:crypto";
import type { Decision } from "../domain/decision.ts";
import type { RequestContext } from "../domain/exchange.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import { resourceId } from "../domain/tool-call.ts";
import { oncePer, Recent } from "../lib/caches.ts";
import { frozenText, isJsonObject, type JsonObject, jsonText, type JsonValue, pointerSteps } from "../lib/json.ts";
import { firstHeader, traceIdOf } from "../lib/request-headers.ts";

export interface LineOptions {
  /** Of the gateway, as JSON text; see `labelsText`. */
  readonly labels: string;
  /** JSON pointers into the input that never reach the log. */
  readonly maskPointers: readonly string[];
}

export interface Instant {
  readonly timestamp: string;
  /** Milliseconds on the monotonic clock. */
  readonly monotonic: number;
}

export function labelsText(instance: string, environment: string): string {
  return JSON.stringify({ instance, environment });
}

/** Quotes text that needs no escapes in JSON: the gateway's own identifiers, digests and times. */
export const quoteAscii = (text: string | null): string => (text === null ? "null" : `"${text}"`);

/**
 * A decision record (see `DecisionRecord`) as the text of its members, each with a comma in front: its sequence number
 * comes first. Written in one go, since it is done for every call.
 */
export function decisionLine(
  context: RequestContext,
  decision: Decision,
  at: Instant,
  options: LineOptions,
  refusedInARow = 0,
): string {
  const { request: req, route, call, subject, facts } = context;
  const refused = decision.effect === "deny";
  const whole = keptInput(context, options.maskPointers);
  const { text, erased } = refused && context.input !== null ? refusedInput(whole, refusedInARow) : whole;
  // A caller whose calls go on is known; one whose calls do not could fill the log with what it sends.
  const brief = (sent: string): string => (refused && sent.length > REFUSED_TEXT ? sent.slice(0, REFUSED_TEXT) : sent);
  return (
    `,"kind":"decision","decision_id":${quoteAscii(context.decisionId)},"timestamp":${quoteAscii(at.timestamp)},"monotonic_ms":${millisecondsText(at.monotonic)}` +
    `,"labels":${options.labels},"trace_id":${quoteAscii(traceIdOf(firstHeader(req.rawHeaders, "traceparent")))},"bundles":${facts === null ? "{}" : bundlesText(facts.policy)}` +
    `,"approval_id":${jsonText(facts?.approval.id ?? null)},"input_digest":"sha256:${hash("sha256", whole.text, "hex")}"` +
    `,"path":"sallyport/main/decision","phase":"call","method":${jsonText(req.method ?? "")}` +
    `,"request_path":${jsonText(brief(call?.request.path ?? pathOf(req.url ?? "")))}` +
    (subject === null ? nobody : whoText(subject)) +
    `,"session":${facts === null ? "null" : jsonText(brief(facts.session.id))},"task":${jsonText(facts?.task?.id ?? context.lease?.task ?? null)}` +
    `,"protocol":${quoteAscii(route?.protocol ?? null)},"route":${jsonText(route?.id ?? null)},"action":${call === null ? "null" : jsonText(brief(call.action))}` +
    `,"tool":${call === null ? "null" : jsonText(brief(resourceId(call)))},"judged_digest":${quoteAscii(call?.request.digest ?? null)}` +
    (context.redacted === undefined ? "" : `,"redacted":${JSON.stringify(context.redacted)}`) +
    `,"erased":${frozenText(erased)},"masked":[]${refusedInARow > 1 ? `,"refused_in_a_row":${refusedInARow}` : ""}${taskTextText(context)}${leaseText(context)},${judgementText(decision)},"input":${text}`
  );
}

function taskTextText({ taskText }: RequestContext): string {
  return taskText === undefined ? "" : `,"task_text":{"digest":"${taskText.digest}","bytes":${taskText.bytes}}`;
}

function leaseText({ lease }: RequestContext): string {
  return lease === undefined ? "" : `,"task_change":${JSON.stringify(lease)}`;
}

function judgementText({ effect, reasons, obligations, indeterminate, detail, fuel, evaluationUs }: Decision): string {
  return (
    `"result":{"effect":"${effect}","reasons":${frozenText(reasons)},"obligations":${frozenText(obligations)}` +
    `,"doubt":${quoteAscii(indeterminate)},"detail":${jsonText(detail)}},"rules":${rulesText(reasons)}` +
    `,"metrics":{"fuel":${fuel},"evaluation_us":${evaluationUs}}`
  );
}

function rulesText(reasons: Decision["reasons"]): string {
  let rules = "";
  for (const { rule } of reasons) rules += `${rules === "" ? "" : ","}${jsonText(rule)}`;
  return `[${rules}]`;
}

const nobody = ',"subject":null,"acting_for":null';

/** A subject is made once a token, and written with every call. */
const whoText = oncePer(
  (subject: Subject) => `,"subject":${jsonText(subject.id)},"acting_for":${jsonText(subject.actingFor?.id ?? null)}`,
);

const bundlesText = oncePer(({ revision, digest }: Pick<ActivePolicy, "revision" | "digest">) =>
  JSON.stringify({ sallyport: { revision, digest } }),
);

/** Without the query of a request that was never read: no mask could find the secrets in it. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return url.slice(0, Math.min(2_048, end === -1 ? url.length : end));
}

/** ".000" to ".999". */
export const thousandths: readonly string[] = Array.from({ length: 1_000 }, (_, n) => `.${String(n).padStart(3, "0")}`);

/** Milliseconds to the microsecond, from two whole numbers: to print a double takes several times longer. */
export function millisecondsText(milliseconds: number): string {
  const microseconds = Math.max(0, Math.round(milliseconds * 1_000));
  const whole = Math.floor(microseconds / 1_000);
  return `${whole}${thousandths[microseconds - whole * 1_000]}`;
}

interface KeptInput {
  readonly text: string;
  readonly erased: readonly string[];
}

/** The input as the record keeps it, masked where the configuration says so. */
function keptInput({ input }: RequestContext, pointers: readonly string[]): KeptInput {
  if (input === null) return { text: "null", erased: [] };
  const kept = input.forRecord();
  if (pointers.length === 0) return kept;
  const masked = mask(JSON.parse(kept.text) as JsonObject, pointers);
  return { text: JSON.stringify(masked.value), erased: [...kept.erased, ...masked.erased] };
}

/**
 * Of what a refused caller sent so much is kept, in bytes: the input, and each of the texts beside it in characters. An ordinary call
 * fits with all facts about it, some 3 KB, so that what was denied can be judged anew by another policy.
 */
const INPUT_BYTES = 4_096;
const REFUSED_TEXT = 256;

/** Members whose size their sender chooses. */
const cuttable = [
  "/context/arguments",
  "/context/urls",
  "/context/intent",
  "/context/session",
  "/context/asserted",
  "/resource/id",
  "/resource/properties/tool",
  "/resource/properties/request",
  "/resource/properties/asserted",
  "/subject/id",
  "/subject/properties/claims",
  "/subject/properties/claims_omitted",
  "/subject/properties/acting_for",
  "/subject/properties/actor_chain",
];

const nothing: KeptInput = { text: "null", erased: ["/input"] };

/** What is kept of the input: less of one that was refused, and nothing of one more in a row. */
function refusedInput(kept: KeptInput, inARow: number): KeptInput {
  return inARow > KEPT_IN_A_ROW ? nothing : cutInput(kept);
}

/** The input of a refused call without its largest members, as many as it takes; the digest beside it is of all of it. */
function cutInput(kept: KeptInput): KeptInput {
  if (Buffer.byteLength(kept.text) <= INPUT_BYTES) return kept;
  const document = JSON.parse(kept.text) as JsonObject;
  const bySize = cuttable
    .map((pointer) => ({ pointer, size: JSON.stringify(valueAt(document, pointer) ?? null).length }))
    .toSorted((one, other) => other.size - one.size);
  for (let count = 1; count <= bySize.length; count += 1) {
    const masked = mask(
      document,
      bySize.slice(0, count).map(({ pointer }) => pointer),
    );
    const text = JSON.stringify(masked.value);
    if (Buffer.byteLength(text) <= INPUT_BYTES) return { text, erased: [...kept.erased, ...masked.erased] };
  }
  return nothing;
}

function valueAt(document: JsonValue, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const name of pointerSteps(pointer))
    value = typeof value === "object" && value !== null ? (value as JsonObject)[name] : undefined;
  return value;
}

interface Masked {
  readonly value: JsonValue;
  /** Pointers that were there and are gone. */
  readonly erased: readonly string[];
}

/** Removes what JSON pointers (RFC 6901) name from a copy of the document; the document itself stays as judged. */
export function mask(document: JsonValue, pointers: readonly string[]): Masked {
  let value = document;
  const erased: string[] = [];
  for (const pointer of pointers) {
    const without = remove(value, pointerSteps(pointer));
    if (without === value) continue;
    value = without;
    erased.push(`/input${pointer}`);
  }
  return { value, erased };
}

/** A copy without the member, or the same value when the path leads nowhere. */
function remove(value: JsonValue, [head, ...rest]: readonly string[]): JsonValue {
  if (head === undefined || typeof value !== "object" || value === null) return value;
  const child = Array.isArray(value) ? value[Number(head)] : (value as JsonObject)[head];
  if (child === undefined) return value;
  const next = rest.length === 0 ? undefined : remove(child, rest);
  if (next === child) return value;
  if (Array.isArray(value))
    return value.map((item: JsonValue, index) => (index === Number(head) ? (next ?? null) : item));
  if (!isJsonObject(value)) return value;
  const { [head]: _gone, ...others } = value;
  return next === undefined ? others : { ...value, [head]: next };
}

/** So many refusals in a row of one caller keep their input; so long without one and the next is the first again. */
const KEPT_IN_A_ROW = 10;
const ROW_MS = 60_000;
const CALLERS = 10_000;

/** Counts the refusals of each caller since its last call that was not refused. */
export class RefusalRows {
  readonly #rows = new Recent<{ count: number; at: number }>(CALLERS);
  #any = false;

  /** @returns how many there are in a row with this one; 0 when it was not refused */
  count(caller: string, refused: boolean, now: number): number {
    if (!refused && !this.#any) return 0;
    const row = this.#rows.get(caller);
    if (!refused) {
      if (row !== undefined) row.count = 0;
      return 0;
    }
    this.#any = true;
    const count = row === undefined || now - row.at > ROW_MS ? 1 : row.count + 1;
    if (row === undefined) this.#rows.set(caller, { count, at: now });
    else Object.assign(row, { count, at: now });
    return count;
  }
}
