import { createHash, hash } from "node:crypto";
import type { TextAround } from "../../domain/arguments-digest.ts";
import type { Decision } from "../../domain/decision.ts";
import type { RequestContext } from "../../domain/exchange.ts";
import type { ActivePolicy } from "../../domain/ports.ts";
import type { Subject } from "../../domain/subject.ts";
import { resourceId } from "../../domain/tool-call.ts";
import { oncePer } from "../../lib/caches.ts";
import { frozenText, jsonText } from "../../lib/json.ts";
import { firstHeader, traceIdOf } from "../../lib/request-headers.ts";
import { type ArgumentsDigest, type ArgumentsKept, argumentsLeftOut } from "./kept-arguments.ts";
import { isLong, keptInput, REFUSED_TEXT, refusedInput } from "./kept-input.ts";

export interface LineOptions {
  /** Of the gateway, as JSON text; see `labelsText`. */
  readonly labels: string;
  /** JSON pointers into the input that never reach the log. */
  readonly maskPointers: readonly string[];
  readonly arguments: ArgumentsKept;
}

export interface Instant {
  /** Whole milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds on the monotonic clock. */
  readonly monotonic: number;
}

export function labelsText(instance: string, environment: string): string {
  return JSON.stringify({ instance, environment });
}

/** Quotes text that needs no escapes in JSON: the gateway's own identifiers, digests and times. */
export const quoteAscii = (text: string | null): string => (text === null ? "null" : `"${text}"`);

/** Texts of a decision record's members, as JSON. */
export interface RecordMembers {
  /** The first members, each with a comma in front. */
  readonly frame: string;
  readonly labels: string;
  readonly trace: string;
  readonly bundles: string;
  readonly approval: string;
  readonly digest: string;
  readonly method: string;
  readonly path: string;
  /** `subject` and `acting_for`, each with a comma in front. */
  readonly who: string;
  readonly session: string;
  readonly task: string;
  readonly protocol: string;
  readonly route: string;
  readonly action: string;
  readonly tool: string;
  readonly judged: string;
  readonly erased: string;
  /** Members that few records have, each with a comma in front. */
  readonly rare: string;
  /** `result` and `rules`. */
  readonly judgement: string;
  readonly metrics: string;
  readonly input: string;
}

/** A decision record as the text of its members, each with a comma in front: its sequence number comes first. */
export function recordText(of: RecordMembers): string {
  return (
    `${of.frame},"labels":${of.labels},"trace_id":${of.trace},"bundles":${of.bundles},"approval_id":${of.approval}` +
    `,"input_digest":${of.digest},"path":"sallyport/main/decision","phase":"call","method":${of.method}` +
    `,"request_path":${of.path}${of.who},"session":${of.session},"task":${of.task},"protocol":${of.protocol}` +
    `,"route":${of.route},"action":${of.action},"tool":${of.tool},"judged_digest":${of.judged},"erased":${of.erased}` +
    `,"masked":[]${of.rare},${of.judgement},"metrics":${of.metrics},"input":${of.input}`
  );
}

/** See `DecisionRecord`. Written in one go. */
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
  const leftOut = leftOutOf(context, options);
  const kept = leftOut === null ? whole : keptInput(context, options.maskPointers, false);
  const { text, erased } = refused && context.input !== null ? refusedInput(kept, refusedInARow) : kept;
  // A caller whose calls go on is known; one whose calls do not could fill the log with what it sends.
  const brief = (sent: string): string => (refused && isLong(sent) ? sent.slice(0, REFUSED_TEXT) : sent);
  return recordText({
    frame: `,"kind":"decision","decision_id":${quoteAscii(context.decisionId)}${instantText(at)}`,
    labels: options.labels,
    trace: traceText(context),
    bundles: facts === null ? "{}" : bundlesText(facts.policy),
    approval: jsonText(facts?.approval.id ?? null),
    digest: inputDigest(whole.text),
    method: jsonText(call?.request.method ?? req.method ?? ""),
    path: jsonText(brief(call?.request.path ?? pathOf(req.url ?? ""))),
    who: subject === null ? nobody : whoText(subject),
    session: facts === null ? "null" : jsonText(brief(facts.session.id)),
    task: jsonText(taskOf(context)),
    protocol: quoteAscii(route?.protocol ?? null),
    route: jsonText(route?.id ?? null),
    action: call === null ? "null" : jsonText(brief(call.action)),
    tool: call === null ? "null" : jsonText(brief(resourceId(call))),
    judged: quoteAscii(call?.request.digest ?? null),
    erased: frozenText(erased),
    rare: rareText(context, refusedInARow, leftOut),
    judgement: judgementText(decision),
    metrics: metricsText(decision),
    input: text,
  });
}

/** Of the input as it was judged, without what is masked, also where less of it is kept. */
export function inputDigest(text: string): string {
  return `"sha256:${hash("sha256", text, "hex")}"`;
}

/** The same of an input whose arguments are known as bytes. */
export function digestAround({ before, bytes, after }: TextAround): string {
  return `"sha256:${createHash("sha256").update(before).update(bytes).update(after).digest("hex")}"`;
}

export function instantText({ now, monotonic }: Instant): string {
  return `,"timestamp":"${new Date(now).toISOString()}","monotonic_ms":${millisecondsText(monotonic)}`;
}

export function traceText({ request }: RequestContext): string {
  return quoteAscii(traceIdOf(firstHeader(request.rawHeaders, "traceparent")));
}

export function taskOf({ facts, lease }: RequestContext): string | null {
  return facts?.task?.id ?? lease?.task ?? null;
}

export function leftOutOf({ input }: RequestContext, options: LineOptions): ArgumentsDigest | null {
  return input === null ? null : argumentsLeftOut(input, options.arguments, options.maskPointers);
}

/** What few records have, each with a comma in front. */
export function rareText(context: RequestContext, refusedInARow: number, leftOut: ArgumentsDigest | null): string {
  return (
    (leftOut === null ? "" : `,"arguments":${JSON.stringify(leftOut)}`) +
    (context.redacted === undefined ? "" : `,"redacted":${JSON.stringify(context.redacted)}`) +
    `${refusedInARow > 1 ? `,"refused_in_a_row":${refusedInARow}` : ""}${taskTextText(context)}${leaseText(context)}`
  );
}

function taskTextText({ taskText }: RequestContext): string {
  return taskText === undefined ? "" : `,"task_text":{"digest":"${taskText.digest}","bytes":${taskText.bytes}}`;
}

function leaseText({ lease }: RequestContext): string {
  return lease === undefined ? "" : `,"task_change":${JSON.stringify(lease)}`;
}

export function judgementText({ effect, reasons, obligations, indeterminate, detail }: Decision): string {
  return (
    `"result":{"effect":"${effect}","reasons":${frozenText(reasons)},"obligations":${frozenText(obligations)}` +
    `,"doubt":${quoteAscii(indeterminate)},"detail":${jsonText(detail)}},"rules":${rulesText(reasons)}`
  );
}

export function metricsText({ fuel, evaluationUs }: Decision): string {
  return `{"fuel":${fuel},"evaluation_us":${evaluationUs}}`;
}

function rulesText(reasons: Decision["reasons"]): string {
  let rules = "";
  for (const { rule } of reasons) rules += `${rules === "" ? "" : ","}${jsonText(rule)}`;
  return `[${rules}]`;
}

export const nobody = ',"subject":null,"acting_for":null';

/** A subject is made once a token, and written with every call. */
export const whoText = oncePer(
  (subject: Subject) => `,"subject":${jsonText(subject.id)},"acting_for":${jsonText(subject.actingFor?.id ?? null)}`,
);

export const bundlesText = oncePer(({ revision, digest }: Pick<ActivePolicy, "revision" | "digest">) =>
  JSON.stringify({ sallyport: { revision, digest } }),
);

/** Without the query of a request that was never read: no mask could find the secrets in it. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return url.slice(0, Math.min(2_048, end === -1 ? url.length : end));
}

/** ".000" to ".999". */
const thousandths: readonly string[] = Array.from({ length: 1_000 }, (_, n) => `.${String(n).padStart(3, "0")}`);

/** Milliseconds to the microsecond, from two whole numbers: to print a double takes several times longer. */
export function millisecondsText(milliseconds: number): string {
  const microseconds = Math.max(0, Math.round(milliseconds * 1_000));
  const whole = Math.floor(microseconds / 1_000);
  return `${whole}${thousandths[microseconds - whole * 1_000]}`;
}
