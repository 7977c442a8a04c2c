import { hash } from "node:crypto";
import type { Decision } from "../domain/decision.ts";
import type { RequestContext } from "../domain/exchange.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import { resourceId } from "../domain/tool-call.ts";
import { firstHeader, traceIdOf } from "../lib/request-headers.ts";
import { frozenText, jsonText } from "../lib/json-text.ts";
import type { JsonObject } from "../lib/json.ts";
import { oncePer } from "../lib/caches.ts";
import { mask, REFUSED_TEXT, refusedInput } from "./kept-input.ts";

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
    `,"session":${facts === null ? "null" : jsonText(brief(facts.session.id))},"task":${jsonText(facts?.task?.id ?? null)}` +
    `,"protocol":${quoteAscii(route?.protocol ?? null)},"route":${jsonText(route?.id ?? null)},"action":${call === null ? "null" : jsonText(brief(call.action))}` +
    `,"tool":${call === null ? "null" : jsonText(brief(resourceId(call)))},"judged_digest":${quoteAscii(call?.request.digest ?? null)}` +
    `,"erased":${frozenText(erased)},"masked":[]${refusedInARow > 1 ? `,"refused_in_a_row":${refusedInARow}` : ""},${judgementText(decision)},"input":${text}`
  );
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

/** The input as the record keeps it, masked where the configuration says so. */
function keptInput(
  { input }: RequestContext,
  pointers: readonly string[],
): { text: string; erased: readonly string[] } {
  if (input === null) return { text: "null", erased: [] };
  const kept = input.forRecord();
  if (pointers.length === 0) return kept;
  const masked = mask(JSON.parse(kept.text) as JsonObject, pointers);
  return { text: JSON.stringify(masked.value), erased: [...kept.erased, ...masked.erased] };
}

/** ".000" to ".999". */
export const thousandths: readonly string[] = Array.from({ length: 1_000 }, (_, n) => `.${String(n).padStart(3, "0")}`);

/** Milliseconds to the microsecond, from two whole numbers: to print a double takes several times longer. */
export function millisecondsText(milliseconds: number): string {
  const microseconds = Math.max(0, Math.round(milliseconds * 1_000));
  const whole = Math.floor(microseconds / 1_000);
  return `${whole}${thousandths[microseconds - whole * 1_000]}`;
}
