import { Refusal } from "../domain/errors.ts";
import { FairShare } from "../domain/fair-share.ts";
import type { Clock, CallQuestion, CallState, SessionLedger, SessionStore } from "../domain/ports.ts";
import { sessionKey } from "../domain/session-key.ts";
import { principalKey, type Subject, unnamedSession } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { HistoryFact, SessionFact } from "../domain/facts.ts";
import { internJson } from "../lib/json.ts";
import type { EvaluatedCall } from "../domain/exchange.ts";

interface Session {
  calls: number;
  /** All of them once they are `loaded`; until then those that were added meanwhile. Each is in the store. */
  readonly labels: Set<string>;
  loaded: boolean;
  readonly history: Omit<HistoryFact, "ago">[];
  readonly times: number[];
  lastSeen: number;
  /** Of the latest call, in milliseconds on the monotonic clock. */
  usedAt: number;
}

type Named = Pick<SessionFact, "id" | "trust">;

export interface SessionOptions {
  readonly store: SessionStore;
  /** For what memory does not know. */
  readonly read: (question: CallQuestion) => Promise<CallState>;
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
    async fact(subject, call, now) {
      const named = nameSession(subject, call);
      const key = sessionKey(subject, named);
      const session = recall(subject, key, named.trust);
      // A session that nothing names is the principal's own.
      const alone = named.trust === "token" || named.trust === "none";
      const principal = alone ? null : recall(subject, principalKey(subject), "none");
      if (!session.loaded || principal?.loaded === false)
        await Promise.all([
          loadLabels(options, key, session),
          principal !== null && loadLabels(options, principalKey(subject), principal),
        ]);
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
    label: (evaluated, labels) => addLabels(options.store, recall, evaluated, labels),
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

type Recall = (subject: Subject, key: string, trust: SessionFact["trust"]) => Session;

/**
 * Each session is one object from its first call on: calls that load its labels at the same time share it. Sessions that callers
 * name themselves have a memory of their own, so that none of them displaces a session that a token names.
 */
function recollection({ capacity, idleMs, clock }: SessionOptions): Recall {
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
    const session: Session = {
      calls: 0,
      labels: new Set(),
      loaded: false,
      history: [],
      times: [],
      lastSeen: 0,
      usedAt: now,
    };
    sessions.set(principalKey(subject), key, session);
    return session;
  };
}

const noLabels: readonly string[] = internJson([]);

function labelsOf(session: Session, principal: Session | null): readonly string[] {
  if (session.labels.size === 0 && (principal === null || principal.labels.size === 0)) return noLabels;
  if (principal === null || principal.labels.size === 0) return [...session.labels].sort();
  return [...session.labels.union(principal.labels)].sort();
}

/** Labels only grow, so what was added while they were read stays. */
async function loadLabels({ read }: SessionOptions, key: string, session: Session): Promise<void> {
  if (session.loaded) return;
  const { labels } = await read({ labelsOf: key });
  for (const label of labels) session.labels.add(label);
  session.loaded = true;
}

async function addLabels(
  store: SessionStore,
  recall: Recall,
  { subject, facts }: EvaluatedCall,
  labels: readonly string[],
): Promise<void> {
  const principal = principalKey(subject);
  const trusts = new Map<string, SessionFact["trust"]>([
    [sessionKey(subject, facts.session), facts.session.trust],
    [principal, "none"],
  ]);
  const added = [...trusts].flatMap(([key, trust]) => {
    const session = recall(subject, key, trust);
    const fresh = labels.filter((label) => !session.labels.has(label));
    return fresh.length === 0 ? [] : [{ key, trust, labels: fresh, since: session.lastSeen }];
  });
  if (added.length === 0) return;
  await store.addLabels(added);
  // Memory may have forgotten a session and read it again in the meantime, without these.
  for (const { key, trust, labels: fresh } of added) {
    const session = recall(subject, key, trust);
    for (const label of fresh) session.labels.add(label);
  }
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

const transportBounds = { capacity: 100_000, perAsker: 10_000 };

/**
 * Who uses which transport session (MCP-Session-Id). The tool server sees one credential for all callers, so it cannot
 * tell whose session it is: whoever knew another's id could read its streams, answer for it and end it.
 * A session belongs to the first caller that names it, for as long as this process remembers it; a caller that names
 * sessions without end makes it forget its own, those it has not used for the longest time first.
 */
export class TransportSessions {
  readonly #owners: FairShare<string>;

  constructor(
    clock: Pick<Clock, "monotonic">,
    limits: { readonly capacity: number; readonly perAsker: number } = transportBounds,
  ) {
    this.#owners = new FairShare({ ...limits, full: "forget", clock });
  }

  /** @throws Refusal mcp_session_unknown, as if there were no such session (MCP 2025-11-25, "Session Management") */
  claim(subject: Subject, { mcp, route }: ToolCall): void {
    if (mcp === null || mcp.transportSession === null) return;
    // By the tool server and not by the route: two routes may lead to the same sessions.
    const key = JSON.stringify([route.upstream.origin, mcp.transportSession]);
    const caller = principalKey(subject);
    const owner = this.#owners.get(key);
    if (owner === undefined) this.#owners.set(caller, key, caller);
    else if (owner === caller) this.#owners.touch(key);
    else throw new Refusal("mcp_session_unknown");
  }
}
