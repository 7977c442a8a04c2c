import type { EvaluatedCall } from "../domain/exchange.ts";
import type { HistoryFact, SessionFact } from "../domain/facts.ts";
import type {
  CallQuestion,
  CallState,
  Clock,
  SessionCallStore,
  SessionLedger,
  SessionReviews,
  SessionStore,
  StoredHistory,
} from "../domain/ports.ts";
import type { OutcomeKind } from "../domain/decision-record.ts";
import { type Subject, unnamedSession } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { isChosen } from "../domain/session-key.ts";
import { after } from "../lib/awaitable.ts";
import { oncePer } from "../lib/caches.ts";
import { HistoryEntry, historyFact, type KeyedDigest } from "./session-history.ts";
import { type MemoryLimits, type Named, type Session, SessionMemory } from "./session-memory.ts";
import { sessionReviews } from "./session-reviews.ts";
import { SharedCall } from "./shared-call.ts";

export interface SessionOptions extends MemoryLimits {
  readonly store: SessionStore;
  /** For what memory does not know. */
  readonly read: (question: CallQuestion) => Promise<CallState>;
  /** Calls kept in the history; older ones live on as labels. */
  readonly history: number;
  /** A label counts for at least so many milliseconds after a call gave it last. */
  readonly labelWindowMs: number;
  /** Whether a session of MCP's transport is one here; else its calls belong to the caller's own window. */
  readonly byTransport: boolean;
  /** Whether a trace is one where nothing else names it; else its calls belong to the caller's own window, too. */
  readonly byTrace: boolean;
  /** Of the destinations of calls. */
  readonly digest: KeyedDigest;
  readonly clock: Clock;
}

/** That a label is given again is written at most so often in its window, so that calls seldom wait for the disk. */
const writesPerWindow = 16;

/** How long after the moment that the store has of it a label ends, in milliseconds. Never before its window ends. */
export function labelSpanMs(labelWindowMs: number): number {
  return labelWindowMs + Math.ceil(labelWindowMs / writesPerWindow);
}

/**
 * What each agent run has done. A session named by a verified claim stands alone; any other is chosen by the
 * agent or by nobody, so it has the principal's own labels, and changing the id launders nothing.
 */
export function sessionLedger(options: SessionOptions): SessionLedger & SessionReviews {
  const memory = new SessionMemory(options);
  const { clock, digest, store } = options;
  const shared: SharedEntries = new WeakMap();
  const spanMs = labelSpanMs(options.labelWindowMs);
  return {
    named: (subject, call) => nameSession(subject, call, options),
    fact(subject, call, now, readsHistory = false) {
      const named = nameSession(subject, call, options);
      const session = memory.recall(subject, named);
      const holder = isChosen(named.trust) ? memory.recall(subject, windowOf(subject)) : session;
      // Where something has to be read anyway, what others wrote is in it.
      if (holder.hasRead(memory.state) && store.changedElsewhere()) memory.state += 1;
      const reading = holder.hasRead(memory.state) ? undefined : readLabels(options, memory, holder);
      const remembered = () => new SessionNow(named, session, { labels: holder.labelsAt(now, spanMs), now, digest });
      if (store.calls === null || !readsHistory) return after(reading, remembered);
      const history = readHistory(options, session.key, now);
      return Promise.all([history, reading]).then(([done]) => sharedFact(remembered(), done, now));
    },
    observe(evaluated, now) {
      const { subject, facts } = evaluated;
      const entry = new HistoryEntry(evaluated, now, digest);
      const session = memory.recall(subject, facts.session);
      session.add(entry, options.history);
      if (store.calls === null || !facts.policy.readsHistory) return entry;
      shared.set(evaluated, entry);
      return shareCall(options, store.calls, session.key, entry);
    },
    label: (evaluated, labels) => addLabels({ memory, shared }, options, evaluated, labels),
    ...sessionReviews({
      memory,
      store,
      spanMs,
      digest,
      clock,
      mostCalls: options.history,
      readHistory: async (key) => (store.calls === null ? null : readHistory(options, key, clock.now())),
    }),
  };
}

/** Refused is refused, and what becomes of any other call is not known yet. */
function shareCall(
  { history, idleMs, digest }: SessionOptions,
  calls: SessionCallStore,
  key: string,
  entry: HistoryEntry,
) {
  const outcome = entry.effect === "deny" ? "refused" : null;
  const shared = new SharedCall(calls, { ...entry.stored(digest), key, outcome, most: history, idleMs });
  entry.shared = shared;
  return {
    noted: shared.noted,
    ended(kind: OutcomeKind) {
      entry.ended(kind);
      return shared.ended(kind);
    },
  };
}

/** Null when the session begins with this call. */
async function readHistory(options: SessionOptions, historyOf: string, now: number): Promise<StoredHistory | null> {
  const { history } = await options.read({ historyOf });
  if (history === null || now - history.last > options.idleMs) return null;
  // Of calls that came together the store has more for a while.
  const { latest } = history;
  return { ...history, latest: latest.slice(Math.max(0, latest.length - options.history)) };
}

/** What all processes of the store have seen of the session, in the place of what this one has. */
function sharedFact({ id, trust, labels }: SessionFact, history: StoredHistory | null, now: number): SessionFact {
  return {
    id,
    trust,
    calls: history?.calls ?? 0,
    labels,
    history: (history?.latest ?? []).map((call) => historyFact(call, now)),
  };
}

/** The caller's own window: its session when nothing names one. */
const windowOf = oncePer((subject: Subject): Named => ({ id: unnamedSession(subject), trust: "none" }));

/** In the order of trust. What the caller chooses itself counts only where neither its token nor MCP names a session. */
function nameSession(
  subject: Subject,
  { mcp, declaredSession, declaredTrace }: ToolCall,
  { byTransport, byTrace }: Pick<SessionOptions, "byTransport" | "byTrace">,
): Named {
  if (subject.session !== null) return { id: subject.session, trust: "token" };
  const transport = byTransport ? (mcp?.transportSession ?? null) : null;
  if (transport !== null) return { id: transport, trust: "transport" };
  if (declaredSession !== null) return { id: declaredSession, trust: "self" };
  if (byTrace && declaredTrace !== null) return { id: declaredTrace, trust: "trace" };
  return windowOf(subject);
}

interface Moment {
  readonly labels: readonly string[];
  readonly now: number;
  readonly digest: KeyedDigest;
}

/** As it stood when the fact was made. */
class SessionNow implements SessionFact {
  readonly id: string;
  readonly trust: SessionFact["trust"];
  readonly calls: number;
  readonly labels: readonly string[];
  readonly #session: Session;
  readonly #moment: Moment;
  #history: readonly HistoryFact[] | null = null;

  constructor({ id, trust }: Named, session: Session, moment: Moment) {
    this.id = id;
    this.trust = trust;
    this.calls = session.calls;
    this.labels = moment.labels;
    this.#session = session;
    this.#moment = moment;
  }

  get history(): readonly HistoryFact[] {
    const { now, digest } = this.#moment;
    return (this.#history ??= callsBefore(this.#session, this.calls).map((entry) =>
      historyFact(entry.stored(digest), now),
    ));
  }
}

/** The history as it was after so many calls; what came since is left out. */
function callsBefore({ history, calls }: Session, then: number): readonly HistoryEntry[] {
  return history.slice(0, Math.max(0, history.length - (calls - then)));
}

async function readLabels({ read }: SessionOptions, memory: SessionMemory, holder: Session): Promise<void> {
  const { state } = memory;
  const { labels } = await read({ labelsOf: holder.key });
  holder.read(labels, state);
}

/** Calls that processes share, for as long as somebody answers them: memory may forget a session, and a call behind many others. */
type SharedEntries = WeakMap<EvaluatedCall, HistoryEntry>;

function addLabels(
  { memory, shared }: { readonly memory: SessionMemory; readonly shared: SharedEntries },
  { store, clock, labelWindowMs }: SessionOptions,
  evaluated: EvaluatedCall,
  labels: readonly string[],
): void | Promise<void> {
  const now = clock.now();
  const lately = now - labelWindowMs / writesPerWindow;
  const { subject, facts, decisionId } = evaluated;
  const { session: named } = facts;
  const { history } = memory.recall(subject, named);
  const entry = shared.get(evaluated) ?? history.findLast((one) => one.decisionId === decisionId);
  entry?.labelled(labels);
  // In the statement of the labels, where there are new ones.
  const noting = entry?.shared?.labelled(entry.labels);
  const holders = named.trust === "token" ? [named, windowOf(subject)] : [windowOf(subject)];
  const added = holders.flatMap((holder) => {
    const session = memory.recall(subject, holder);
    const fresh = labels.filter((label) => !session.gaveAfter(label, lately));
    return fresh.length === 0 ? [] : [{ holder, key: session.key, labels: fresh, since: now }];
  });
  if (added.length === 0) return noting;
  return Promise.all([store.addLabels(added), noting]).then(() => {
    // Memory may have forgotten a session and read it again in the meantime, without these.
    for (const { holder, labels: fresh } of added) {
      const session = memory.recall(subject, holder);
      for (const label of fresh) session.give(label, now);
    }
  });
}
