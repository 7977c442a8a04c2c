import { KeptResults } from "../act/kept/kept-results.ts";
import { CallWindows } from "../act/obligations.ts";
import type { Config } from "../config/config.ts";
import { noProvenance } from "../domain/facts.ts";
import type { Background, Job } from "../domain/background.ts";
import type {
  CallQuestion,
  CallState,
  Clock,
  DefinitionLedger,
  DefinitionReviews,
  DefinitionStore,
  Ids,
  Logger,
  ProvenanceLedger,
  SessionLedger,
  SessionReviews,
  SessionStore,
} from "../domain/ports.ts";
import { definitionLedger } from "../gather/definitions.ts";
import { labelSpanMs, sessionLedger } from "../gather/sessions.ts";
import { batched } from "../lib/event-loop.ts";
import { callStateStore, liveCallers, type Liveness } from "../store/call-state.ts";
import type { Connection } from "../store/connection.ts";
import type { Subject } from "../domain/subject.ts";
import { definitionStore } from "../store/definitions.ts";
import { keyedDigest } from "../store/keyed-digest.ts";
import { sessionStore } from "../store/session-labels.ts";

const sessionsInMemory = 100_000;

const retryEveryMs = 1_000;

const dropEveryMs = 3_600_000;

export interface MemoryDeps {
  readonly connection: Connection;
  readonly live: Liveness;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly background: Background;
}

export interface Memory {
  /** Reads what memory does not know, at once for all calls of a turn of the event loop. */
  readonly read: (question: CallQuestion) => Promise<CallState>;
  readonly sessions: SessionLedger & SessionReviews;
  readonly provenance: ProvenanceLedger;
  readonly definitions: DefinitionLedger & DefinitionReviews;
  /** Whether the caller has an approval or a grant that may answer its call; `now` in milliseconds since the epoch. */
  readonly anyLive: (subject: Subject, now: number) => Promise<boolean>;
  /** Writes what was observed of definitions, for the last time, and ends the work in the background. */
  close(): Promise<void>;
  readonly windows: CallWindows;
  readonly kept: KeptResults;
}

/** What is remembered of callers and tools: one memory for calls and for questions of other enforcement points. */
export function openMemory({ sessions }: Config, deps: MemoryDeps): Memory {
  const { connection, clock, live } = deps;
  const definitionsKept = definitionStore(connection);
  // Its table is read by what calls ask of the store.
  const sessionsKept = sessionStore(connection);
  const read = batched(callStateStore(connection, live).read);
  const { definitions, keepDefinitions } = openDefinitions(definitionsKept, read, deps);
  const stopDropping = dropEndedLabels(sessionsKept, sessions.labelWindowMs, deps);
  return {
    read,
    definitions,
    async close() {
      await stopDropping();
      await keepDefinitions();
    },
    anyLive: liveCallers(live, read),
    sessions: openSessions(sessionsKept, read, sessions, deps),
    windows: new CallWindows(clock),
    kept: new KeptResults(clock),
    provenance: { trace: async () => noProvenance, sent: async () => undefined, learn: async () => [] },
  };
}

function openSessions(
  store: SessionStore,
  read: Memory["read"],
  { history, idleMs, labelWindowMs }: Config["sessions"],
  { connection, clock, ids }: MemoryDeps,
): Memory["sessions"] {
  const digest = keyedDigest(connection, "destinations", () => ids.make("k") + ids.make("k"));
  return sessionLedger({ store, read, history, idleMs, labelWindowMs, digest, clock, capacity: sessionsInMemory });
}

/** Labels that count no more would stay in the store for ever. */
function dropEndedLabels(store: SessionStore, labelWindowMs: number, { background, clock }: MemoryDeps) {
  return background.every(dropEveryMs, {
    name: "session-labels",
    failing: "labels of sessions that count no more are not removed from the store",
    severity: "degraded",
    work: async () => void (await store.drop(clock.now() - labelSpanMs(labelWindowMs))),
  });
}

/** What was observed is written when the turn of the call that listed it is over. */
function openDefinitions(store: DefinitionStore, read: Memory["read"], { clock, logger, background }: MemoryDeps) {
  let stopSoon: (() => Promise<void>) | null = null;
  const definitions = definitionLedger({
    store,
    read,
    clock,
    logger,
    onPending: () => void (stopSoon = background.soon(keep)),
  });
  const keep: Job = {
    name: "tool-definitions-kept",
    failing: "definitions of tools that were listed are kept in memory only",
    severity: "degraded",
    work: () => definitions.keep(),
  };
  const stop = background.every(retryEveryMs, keep);
  return {
    definitions,
    async keepDefinitions(): Promise<void> {
      await stop();
      await stopSoon?.();
      await background.run(keep);
    },
  };
}
