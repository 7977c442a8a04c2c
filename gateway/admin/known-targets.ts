import { setTimeout as pause } from "node:timers/promises";
import { isAnything, nothingEnded } from "../domain/ended.ts";
import type { Counted, CountedEverywhere, DecisionQuery, RecordsOfDecision, SessionRow } from "../domain/ports.ts";
import type { RevocationTarget, SessionCaller } from "../domain/revocation.ts";
import { keyOfRef, sessionOfKey } from "../domain/session-key.ts";
import { isJsonObject } from "../lib/json.ts";
import { foldKey, lookKey } from "../lib/look-alike.ts";
import type { ConsoleDeps } from "./deps.ts";

/** What is known here by the name that a revocation would give. */
export interface FoundTarget {
  /** What ending access would end now. */
  readonly matched: CountedEverywhere;
  /** Whether anything here, or in another process on the store, has ever been known by it. */
  readonly isKnown: boolean;
  /** Of a session: callers that named it themselves, or whom MCP's transport gave it; they can name another. */
  readonly callers: readonly SessionCaller[];
}

export type TargetDeps = Pick<
  ConsoleDeps,
  "accounts" | "decisions" | "endings" | "agentSessions" | "names" | "tasks" | "logger"
>;

/** How many records of a caller are looked through for one of the issuer, and of a session for its callers. */
const mostRecords = 20;

/** So long an operator waits for the look-up; access is ended then all the same. */
const lookedForMs = 2_000;

/**
 * A mistyped name would end nobody's access, and look as if it had: so it is looked for among what is under way, held and
 * granted, in the decision log, the configuration, the policy's catalog, and, for a person, the accounts of the console. What
 * cannot be looked up, or not in time, counts as known: an operator is not kept from ending access by a log or store that cannot be read or
 * is large, or by a process that does not answer.
 */
export async function findTarget(deps: TargetDeps, target: RevocationTarget): Promise<FoundTarget> {
  const found = new AbortController();
  const late = pause(lookedForMs, unknown, { ref: false, signal: found.signal }).catch(() => unknown);
  const looked = lookFor(deps, target);
  const first = await Promise.race([looked, late]);
  found.abort();
  return first;
}

const unknown: FoundTarget = { matched: { ...nothingEnded, callers: [], unanswered: 0 }, isKnown: true, callers: [] };

async function lookFor(deps: TargetDeps, target: RevocationTarget): Promise<FoundTarget> {
  try {
    const matched = await deps.endings.count(target);
    const records = await recordsOf(deps, target);
    const sessions = await sessionsOf(deps, target);
    const isKnown =
      isAnything(matched) ||
      matched.unanswered > 0 ||
      records.length > 0 ||
      sessions.length > 0 ||
      (await isPerson(deps, target)) ||
      (await isTask(deps, target)) ||
      (await deps.names.has(target));
    const callers = target.kind === "session" ? callersOf(matched, records, sessions) : [];
    return { matched, isKnown, callers };
  } catch (failure) {
    deps.logger.warn("console: whose access is ended could not be looked up", { detail: String(failure) });
    return unknown;
  }
}

async function isPerson({ accounts }: TargetDeps, { kind, target, issuer }: RevocationTarget): Promise<boolean> {
  if (kind !== "subject" || issuer !== null || target === null) return false;
  const id = lookKey(target);
  return (await accounts.list()).some(({ name, also }) => [name, ...also].some((other) => lookKey(other) === id));
}

async function isTask({ tasks }: TargetDeps, { kind, target }: RevocationTarget): Promise<boolean> {
  return kind === "task" && target !== null && (await tasks.service.get(target)) !== null;
}

/** Of those that the page of sessions lists. */
async function sessionsOf(
  { agentSessions }: TargetDeps,
  { kind, target, issuer }: RevocationTarget,
): Promise<readonly SessionRow[]> {
  if (kind !== "session" || target === null) return [];
  const { items } = await agentSessions.list({ session: idOf(target), limit: mostRecords });
  return items.filter((one) => issuer === null || bare(one.issuer) === bare(issuer));
}

/** What is under way and held, and the log, also know for whom the caller acts; the list of sessions does not. */
function callersOf(
  { callers }: Counted,
  records: readonly RecordsOfDecision[],
  sessions: readonly SessionRow[],
): SessionCaller[] {
  const known = distinct([...callers, ...records.flatMap(callerIn)]);
  const others = sessions.filter(
    ({ trust, subject }) => trust !== "token" && known.every((one) => one.subject !== subject),
  );
  return [...known, ...others.map(({ issuer, subject }) => ({ issuer, subject }))];
}

/** The id of a session that is named by its reference. */
function idOf(target: string): string {
  const key = keyOfRef(target);
  return (key === null ? null : sessionOfKey(key)?.id) ?? target;
}

/** Records in the log of calls that a revocation of this would have met; a few are enough. */
async function recordsOf(
  { decisions }: TargetDeps,
  { kind, target, issuer }: RevocationTarget,
): Promise<RecordsOfDecision[]> {
  const found: RecordsOfDecision[] = [];
  for (const query of target === null ? [] : [...queriesOf(kind, target), ...looseQueryOf(kind, target)]) {
    // A name that is spelt otherwise costs a look at many records.
    if (query.like !== undefined && found.length > 0) break;
    const { rows } = await decisions.search({ ...query, limit: mostRecords });
    for (const { decision_id } of rows) {
      const records = await decisions.get(decision_id);
      if (records !== null && isOfIssuer(records, issuer)) found.push(records);
      if (found.length > 0 && kind !== "session") return found;
    }
  }
  return found;
}

function queriesOf(kind: RevocationTarget["kind"], target: string): readonly Omit<DecisionQuery, "limit">[] {
  switch (kind) {
    case "subject":
      return [{ subject: target }, { person: target }, { actor: target }];
    case "session":
      return [{ session: idOf(target) }];
    case "client":
      return [{ client: target }];
    case "key":
      return [{ key: target }];
    case "tool":
      return [{ tool: target }];
    case "task":
      return [{ task: target }];
    default:
      return [];
  }
}

function looseQueryOf(kind: RevocationTarget["kind"], target: string): readonly Omit<DecisionQuery, "limit">[] {
  const name = kind === "session" ? idOf(target) : target;
  if (kind === "subject" || kind === "client" || kind === "key" || kind === "session" || kind === "tool")
    return [{ like: { kind, name } }];
  return [];
}

/** A record whose input does not say the issuer, since it was masked, speaks for any. */
function isOfIssuer(records: RecordsOfDecision, wanted: string | null): boolean {
  const { issuer } = whoIn(records);
  return wanted === null || typeof issuer !== "string" || bare(issuer) === bare(wanted);
}

function callerIn(records: RecordsOfDecision): SessionCaller[] {
  const { issuer, subject, acting_for, trust } = whoIn(records);
  if (trust === "token" || typeof issuer !== "string" || typeof subject !== "string") return [];
  return [{ issuer, subject, acting_for }];
}

function whoIn({ decision }: RecordsOfDecision) {
  const input = at(decision["input"], "subject");
  const trust = at(at(at(decision["input"], "context"), "session"), "trust");
  const actingFor = decision["acting_for"];
  return {
    issuer: at(at(input, "properties"), "issuer"),
    subject: decision["subject"],
    acting_for: typeof actingFor === "string" ? actingFor : null,
    trust,
  };
}

function at(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

function distinct(callers: readonly SessionCaller[]): SessionCaller[] {
  const byText = new Map(callers.map((one) => [JSON.stringify([one.issuer, one.subject, one.acting_for]), one]));
  return [...byText.values()];
}

function bare(issuer: string): string {
  return foldKey(issuer.replace(/\/$/, ""));
}
