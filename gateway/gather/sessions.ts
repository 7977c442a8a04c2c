import type { HistoryFact, SessionFact } from "../domain/facts.ts";
import { FairShare } from "../domain/fair-share.ts";
import { internJson } from "../lib/json-text.ts";
import type { EvaluatedCall } from "../domain/exchange.ts";
import type { Clock, SessionLedger, SessionStore } from "../domain/ports.ts";
import { principalKey, type Subject, unnamedSession } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";

interface Session {
  calls: number;
  readonly labels: Set<string>;
  readonly history: Omit<HistoryFact, "ago">[];
  readonly times: number[];
  lastSeen: number;
  /** Of the latest call, in milliseconds on the monotonic clock. */
  usedAt: number;
}

type Named = Pick<SessionFact, "id" | "trust">;

export interface SessionOptions {
  readonly store: SessionStore;
  /** Calls kept in the history; older ones live on as labels. */
  readonly history: number;
  /** Sessions kept in memory, a tenth of them of one principal; labels of forgotten ones are read from the store again. */
  readonly capacity: number;
  /** A session without calls for so many milliseconds begins anew; its labels are read from the store again. */
  readonly idleMs: number;
  readonly clock: Pick<Clock, "monotonic">;
}

/**
 * What each agent run has done. A session named by a verified claim stands alone; any other is chosen by the
 * agent or by nobody, so the principal's own labels count as well, and changing the id launders nothing.
 */
export function sessionLedger(options: SessionOptions): SessionLedger {
  const recall = recollection(options);
  const called = ({ subject, facts }: EvaluatedCall): Session =>
    recall(subject, sessionKey(subject, facts.session), facts.session.trust);
  return {
    fact: (subject, call, now) => {
      const named = nameSession(subject, call);
      const session = recall(subject, sessionKey(subject, named), named.trust);
      const principal = named.trust === "token" ? null : recall(subject, principalKey(subject), "none");
      return new SessionNow(named, session, labelsOf(session, principal), now);
    },
    observe: (evaluated, now) => {
      const session = called(evaluated);
      session.calls += 1;
      session.lastSeen = now;
      session.history.push(entryOf(evaluated));
      session.times.push(now);
      if (session.history.length > options.history) {
        session.history.shift();
        session.times.shift();
      }
    },
    label: (evaluated, labels) => {
      const { subject, facts } = evaluated;
      addLabels(options.store, sessionKey(subject, facts.session), called(evaluated), labels);
      const principal = principalKey(subject);
      addLabels(options.store, principal, recall(subject, principal, "none"), labels);
    },
  };
}

/** As it stood when the fact was made. */
class SessionNow implements SessionFact {
  readonly id: string;
  readonly trust: SessionFact["trust"];
  readonly calls: number;
  readonly labels: readonly string[];
  readonly #session: Session;
  readonly #now: number;

  constructor({ id, trust }: Named, session: Session, labels: readonly string[], now: number) {
    this.id = id;
    this.trust = trust;
    this.calls = session.calls;
    this.labels = labels;
    this.#session = session;
    this.#now = now;
  }

  get history(): readonly HistoryFact[] {
    return historyAt(this.#session, this.calls, this.#now);
  }
}

/** The history as it was after so many calls; what came since is left out. */
function historyAt({ history, times, ...session }: Session, calls: number, now: number): HistoryFact[] {
  const then = history.slice(0, Math.max(0, history.length - (session.calls - calls)));
  return then.map((entry, index) => ({ ...entry, ago: secondsSince(times[index], now) }));
}

function nameSession(subject: Subject, call: ToolCall): Named {
  if (subject.session !== null) return { id: subject.session, trust: "token" };
  const transport = call.mcp?.transportSession ?? null;
  if (call.declaredSession !== null && call.declaredSession !== transport)
    return { id: call.declaredSession, trust: "self" };
  if (transport !== null) return { id: transport, trust: "transport" };
  return { id: unnamedSession(subject), trust: "none" };
}

/** Session ids belong to a principal: the same id of two callers is two sessions. */
function sessionKey(subject: Subject, named: Named): string {
  return named.trust === "none"
    ? principalKey(subject)
    : JSON.stringify([subject.issuer, subject.id, named.trust, named.id]);
}

type Recall = (subject: Subject, key: string, trust: SessionFact["trust"]) => Session;

/** Sessions that callers name themselves have a memory of their own: none of them displaces what a token vouches for. */
function recollection({ store, capacity, idleMs, clock }: SessionOptions): Recall {
  const memory = () => new FairShare<Session>({ capacity, perAsker: Math.ceil(capacity / 10), clock, full: "forget" });
  const [vouched, named] = [memory(), memory()];
  return function recall(subject, key, trust) {
    const sessions = trust === "self" || trust === "transport" ? named : vouched;
    const known = sessions.get(key);
    const now = clock.monotonic();
    if (known !== undefined && now - known.usedAt < idleMs) {
      known.usedAt = now;
      sessions.touch(key);
      return known;
    }
    const labels = new Set(store.labels(key));
    const session: Session = { calls: 0, labels, history: [], times: [], lastSeen: 0, usedAt: now };
    sessions.set(principalKey(subject), key, session);
    return session;
  };
}

const noLabels: readonly string[] = internJson([]);

function labelsOf(session: Session, principal: Session | null): readonly string[] {
  if (session.labels.size === 0 && (principal === null || principal.labels.size === 0)) return noLabels;
  if (principal === null || principal === session || principal.labels.size === 0) return [...session.labels].sort();
  return [...session.labels.union(principal.labels)].sort();
}

function addLabels(store: SessionStore, key: string, session: Session, labels: readonly string[]): void {
  const fresh = labels.filter((label) => !session.labels.has(label));
  if (fresh.length === 0) return;
  store.addLabels(key, fresh, session.lastSeen);
  for (const label of fresh) session.labels.add(label);
}

function entryOf({ call, decision }: EvaluatedCall): Omit<HistoryFact, "ago"> {
  const { obligations } = decision;
  const labels =
    obligations.length === 0
      ? noLabels
      : obligations.flatMap((duty) => (duty.type === "label_session" ? duty.labels : []));
  return { tool: `${call.route.server}/${call.name}`, effect: decision.effect, labels };
}

function secondsSince(then: number | undefined, now: number): number {
  return then === undefined ? 0 : Math.max(0, Math.round((now - then) / 1_000));
}
