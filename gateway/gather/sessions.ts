import type { EvaluatedCall } from "../domain/exchange.ts";
import type { HistoryFact, SessionFact } from "../domain/facts.ts";
import type { CallQuestion, CallState, Clock, SessionLedger, SessionReviews, SessionStore } from "../domain/ports.ts";
import { type Subject, unnamedSession } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { after } from "../lib/awaitable.ts";
import { oncePer } from "../lib/caches.ts";
import { HistoryEntry, type KeyedDigest } from "./session-history.ts";
import { isChosen, type MemoryLimits, type Named, type Session, SessionMemory } from "./session-memory.ts";
import { sessionReviews } from "./session-reviews.ts";

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
  const { digest, store } = options;
  const spanMs = labelSpanMs(options.labelWindowMs);
  return {
    named: (subject, call) => nameSession(subject, call, options),
    fact(subject, call, now) {
      const named = nameSession(subject, call, options);
      const session = memory.recall(subject, named);
      const holder = isChosen(named.trust) ? memory.recall(subject, windowOf(subject)) : session;
      // Where something has to be read anyway, what others wrote is in it.
      if (holder.hasRead(memory.state) && store.changedElsewhere()) memory.state += 1;
      const reading = holder.hasRead(memory.state) ? undefined : readLabels(options, memory, holder);
      return after(
        reading,
        () => new SessionNow(named, session, { labels: holder.labelsAt(now, spanMs), now, digest }),
      );
    },
    observe(evaluated, now) {
      const entry = new HistoryEntry(evaluated, now, digest);
      memory.recall(evaluated.subject, evaluated.facts.session).add(entry, options.history);
      return entry;
    },
    label: (evaluated, labels) => addLabels(memory, options, evaluated, labels),
    ...sessionReviews({ memory, store, spanMs, digest, clock: options.clock }),
  };
}

/** The caller's own window: its session when nothing names one. */
const windowOf = oncePer((subject: Subject): Named => ({ id: unnamedSession(subject), trust: "none" }));

/** In the order of trust. What the caller chooses itself counts only where neither its token nor MCP names a session. */
function nameSession(
  subject: Subject,
  { mcp, declaredSession, declaredTrace }: ToolCall,
  { byTransport }: Pick<SessionOptions, "byTransport">,
): Named {
  if (subject.session !== null) return { id: subject.session, trust: "token" };
  const transport = byTransport ? (mcp?.transportSession ?? null) : null;
  if (transport !== null) return { id: transport, trust: "transport" };
  if (declaredSession !== null) return { id: declaredSession, trust: "self" };
  if (declaredTrace !== null) return { id: declaredTrace, trust: "trace" };
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
    return (this.#history ??= callsBefore(this.#session, this.calls).map((entry) => entry.factAt(now, digest)));
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

function addLabels(
  memory: SessionMemory,
  { store, clock, labelWindowMs }: SessionOptions,
  { subject, facts, decisionId }: EvaluatedCall,
  labels: readonly string[],
): void | Promise<void> {
  const now = clock.now();
  const lately = now - labelWindowMs / writesPerWindow;
  const { session: named } = facts;
  const { history } = memory.recall(subject, named);
  history.findLast((entry) => entry.decisionId === decisionId)?.labelled(labels);
  const holders = named.trust === "token" ? [named, windowOf(subject)] : [windowOf(subject)];
  const added = holders.flatMap((holder) => {
    const session = memory.recall(subject, holder);
    const fresh = labels.filter((label) => !session.gaveAfter(label, lately));
    return fresh.length === 0 ? [] : [{ holder, key: session.key, labels: fresh, since: now }];
  });
  if (added.length === 0) return;
  return store.addLabels(added).then(() => {
    // Memory may have forgotten a session and read it again in the meantime, without these.
    for (const { holder, labels: fresh } of added) {
      const session = memory.recall(subject, holder);
      for (const label of fresh) session.give(label, now);
    }
  });
}
