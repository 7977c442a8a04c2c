import { KeptResults } from "../act/kept/kept-results.ts";
import { CallWindows } from "../act/obligations.ts";
import type { Config } from "../config/config.ts";
import { noProvenance } from "../domain/provenance.ts";
import type { Background, Job } from "../domain/background.ts";
import type {
  CallQuestion,
  CallState,
  Clock,
  DefinitionLedger,
  DefinitionReviews,
  DefinitionStore,
  Logger,
  ProvenanceLedger,
  SessionLedger,
} from "../domain/ports.ts";
import { definitionLedger } from "../gather/definitions.ts";
import { sessionLedger } from "../gather/sessions.ts";
import { batched } from "../lib/event-loop.ts";
import { callStateStore, sessionStore, liveCallers, type Liveness } from "../store/call-state.ts";
import type { Connection } from "../store/connection.ts";
import type { Subject } from "../domain/subject.ts";
import { definitionStore } from "../store/definitions.ts";

const sessionsInMemory = 100_000;

const retryEveryMs = 1_000;

export interface MemoryDeps {
  readonly connection: Connection;
  readonly live: Liveness;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
}

export interface Memory {
  /** Reads what memory does not know, at once for all calls of a turn of the event loop. */
  readonly read: (question: CallQuestion) => Promise<CallState>;
  readonly sessions: SessionLedger;
  readonly provenance: ProvenanceLedger;
  readonly definitions: DefinitionLedger & DefinitionReviews;
  /** Whether the caller has an approval or a grant that may answer its call; `now` in milliseconds since the epoch. */
  readonly anyLive: (subject: Subject, now: number) => Promise<boolean>;
  /** Writes what was observed of definitions, for the last time. */
  keepDefinitions(): Promise<void>;
  readonly windows: CallWindows;
  readonly kept: KeptResults;
}

/** What is remembered of callers and tools: one memory for calls and for questions of other enforcement points. */
export function openMemory({ sessions: { history, idleMs } }: Config, deps: MemoryDeps): Memory {
  const { connection, clock, live } = deps;
  const [definitionsKept, sessionsKept] = [definitionStore(connection), sessionStore(connection)];
  const read = batched(callStateStore(connection, live).read);
  const { definitions, keepDefinitions } = openDefinitions(definitionsKept, read, deps);
  return {
    read,
    definitions,
    keepDefinitions,
    anyLive: liveCallers(live, read),
    sessions: sessionLedger({ store: sessionsKept, read, history, idleMs, capacity: sessionsInMemory, clock }),
    windows: new CallWindows(clock),
    kept: new KeptResults(clock),
    provenance: { trace: async () => noProvenance, sent: async () => undefined, learn: async () => [] },
  };
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
