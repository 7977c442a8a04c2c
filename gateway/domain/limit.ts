import { oncePer } from "../lib/caches.ts";
import type { LimitCalls } from "./decision.ts";
import type { EvaluatedCall } from "./exchange.ts";
import { principalKey, type Subject } from "./subject.ts";
import { resourceId, type ToolCall } from "./tool-call.ts";

/** For whom a limit counts: one count for each, or for each combination. */
export const limitKeys = ["all", "subject", "person", "client", "task", "session", "tool", "server", "route"] as const;
export type LimitKey = (typeof limitKeys)[number];

/** What a limit counts. Times in milliseconds. */
export type Measure = Rate | Concurrent | Spend | Loop;

/** No more than `max` calls in any time of this length. With `burst`: no more than so many at once, then one every `perMs / max`. */
interface Rate {
  readonly kind: "rate";
  readonly max: number;
  readonly perMs: number;
  readonly burst: number | null;
}

/** No more than `max` calls under way. */
interface Concurrent {
  readonly kind: "concurrent";
  readonly max: number;
}

/** No more than `max` of a unit in any time of this length, as the catalog prices calls; amounts of `decimal`. */
interface Spend {
  readonly kind: "spend";
  readonly unit: string;
  readonly max: bigint;
  readonly perMs: number;
}

/** The same call, same arguments, no more than `max` times in any time of this length. */
interface Loop {
  readonly kind: "loop";
  readonly max: number;
  readonly perMs: number;
}

/** Into so many stretches the time of a window is divided, when it could hold more amounts than that. */
const stretches = 32;

/** What is taken within so many milliseconds of a window counts as one; 0: each amount counts by itself. `most`: the most amounts that it can hold. */
export function stretchMs(perMs: number, most: number): number {
  return most <= stretches ? 0 : perMs / stretches;
}

/** A limit, of the configuration or of an obligation. */
export interface Limit {
  /** Short, for answers and metrics; unique among those of the configuration. */
  readonly name: string;
  readonly by: readonly LimitKey[];
  readonly measure: Measure;
}

export interface ConfiguredLimit extends Limit {
  /** `server/tool` or `server/*`; empty: all. */
  readonly tools: readonly string[];
  /** Route ids; empty: all. */
  readonly routes: readonly string[];
}

/** When calls to a tool server that fails are refused for a while. One state for each of its origins. */
export interface BreakerRule {
  readonly name: string;
  /** Route ids; empty: all. */
  readonly routes: readonly string[];
  /** Share of failures that opens it, above 0 and at most 1. */
  readonly failures: number;
  /** Fewest calls that say anything. */
  readonly calls: number;
  readonly withinMs: number;
  /** How long it stays open before one call may try. */
  readonly openMs: number;
  /** Statuses of answers that count as failures, beside connections that fail and answers that do not come. */
  readonly statuses: ReadonlySet<number>;
}

export interface LimitSettings {
  readonly limits: readonly ConfiguredLimit[];
  readonly breakers: readonly BreakerRule[];
}

/**
 * Names the count of a limit for a call: equal exactly for calls that share it. What a call does not have, or what its caller could
 * choose anew (a session that no token names), is replaced by the caller itself: a limit cannot be left by leaving a name out. The
 * returned function is for calls of this route and tool; it is fast where the caller alone decides.
 */
export function countKeys(
  { by }: Pick<Limit, "by">,
  prefix: string,
  call: ToolCall,
): (evaluated: Pick<EvaluatedCall, "subject" | "facts">) => string {
  const fixed = prefix + by.map((key) => ofCall(key, call)).join("");
  const ofCaller = by.filter((key) => isOfCaller(key));
  if (ofCaller.length === 0) return () => fixed;
  const bySubject = oncePer((subject: Subject) => fixed + ofCaller.map((key) => ofSubjectKey(key, subject)).join(""));
  const isOfRun = ofCaller.some((key) => key === "task" || key === "session");
  if (!isOfRun) return ({ subject }) => bySubject(subject);
  return (evaluated) => bySubject(evaluated.subject) + ofCaller.map((key) => ofRun(key, evaluated)).join("");
}

function isOfCaller(key: LimitKey): boolean {
  return key !== "all" && key !== "tool" && key !== "server" && key !== "route";
}

function ofCall(key: LimitKey, call: ToolCall): string {
  if (key === "tool") return part("o", resourceId(call));
  if (key === "server") return part("v", call.route.server);
  return key === "route" ? part("r", call.route.id) : "";
}

/** A session belongs to its caller; a task has callers of its own, and its id alone names it. */
function ofSubjectKey(key: LimitKey, subject: Subject): string {
  if (key === "task") return "";
  if (key === "person") return ofPerson(subject);
  return key === "client" ? ofClient(subject) : ofSubject(subject);
}
function ofRun(key: LimitKey, { subject, facts }: Pick<EvaluatedCall, "subject" | "facts">): string {
  if (key === "task") return facts.task === null ? ofSubject(subject) : part("t", facts.task.id);
  return key === "session" && facts.session.trust === "token" ? part("i", facts.session.id) : "";
}

/** With its length, so that no text of a caller can stand for two parts. */
function part(kind: string, text: string): string {
  return `${kind}${text.length}:${text}`;
}

const ofSubject = oncePer((subject: Subject) => part("s", principalKey(subject)));

const ofPerson = oncePer((subject: Subject) =>
  subject.actingFor === null
    ? ofSubject(subject)
    : part("p", principalKey({ issuer: subject.issuer, id: subject.actingFor.id })),
);

const ofClient = oncePer((subject: Subject) =>
  subject.clientId === null
    ? ofSubject(subject)
    : part("c", principalKey({ issuer: subject.issuer, id: subject.clientId })),
);

/** Name of all limits that policy asks for. */
export const policyLimit = "policy";

/** The limit that an obligation asks for; null when its time or amount cannot be read. */
export function limitOf(duty: LimitCalls, amount: (value: unknown) => bigint | null): Limit | null {
  const measure = measureOf(duty, amount);
  return measure === null ? null : { name: policyLimit, by: keysOf(duty), measure };
}

function keysOf({ key }: LimitCalls): readonly LimitKey[] {
  if (typeof key !== "string") return key;
  // As it was before there were lists: each caller has a count of its own for each tool.
  return key === "tool" ? callersTool : [key];
}

const callersTool: readonly LimitKey[] = ["subject", "tool"];

function measureOf(duty: LimitCalls, amount: (value: unknown) => bigint | null): Measure | null {
  if (duty.kind === "concurrent") return { kind: "concurrent", max: duty.max };
  const perMs = parseWindow(duty.per);
  if (perMs === null) return null;
  if (duty.kind === "loop") return { kind: "loop", max: duty.max, perMs };
  if (duty.kind !== "spend") return { kind: "rate", max: duty.max, perMs, burst: duty.burst ?? null };
  const max = amount(duty.max);
  return max === null ? null : { kind: "spend", unit: duty.unit, max, perMs };
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "30s", "1m", "2h", "1d" in milliseconds; null for anything else. */
export function parseWindow(text: string): number | null {
  const found = /^([1-9]\d{0,4})([smhd])$/.exec(text);
  return found === null ? null : Number(found[1]) * (units[found[2] ?? ""] ?? 0);
}
