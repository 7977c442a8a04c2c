import { KeptResults } from "../act/kept/kept-results.ts";
import { CallWindows } from "../act/obligations/limit-calls.ts";
import type { Config } from "../config/config.ts";
import type { Background, Job } from "../domain/background.ts";
import type {
  Clock,
  DefinitionLedger,
  DefinitionReviews,
  DefinitionStore,
  Logger,
  SessionLedger,
} from "../domain/ports.ts";
import { definitionLedger } from "../gather/definitions.ts";
import { sessionLedger } from "../gather/sessions.ts";
import type { Connection } from "../store/connection.ts";
import { definitionStore, sessionStore } from "../store/definitions-and-sessions.ts";

const sessionsInMemory = 100_000;

const retryEveryMs = 1_000;

export interface MemoryDeps {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
}

export interface Memory {
  readonly sessions: SessionLedger;
  readonly definitions: DefinitionLedger & DefinitionReviews;
  /** Writes what was observed of definitions, for the last time. */
  keepDefinitions(): Promise<void>;
  readonly windows: CallWindows;
  readonly kept: KeptResults;
}

/** What is remembered of callers and tools: one memory for calls and for questions of other enforcement points. */
export function openMemory({ sessions: { history, idleMs } }: Config, deps: MemoryDeps): Memory {
  const {
    connection: { database },
    clock,
  } = deps;
  const { definitions, keepDefinitions } = openDefinitions(definitionStore(database), deps);
  return {
    definitions,
    keepDefinitions,
    sessions: sessionLedger({ store: sessionStore(database), history, idleMs, capacity: sessionsInMemory, clock }),
    windows: new CallWindows(clock),
    kept: new KeptResults(clock),
  };
}

/** What was observed is written when the turn of the call that listed it is over. */
function openDefinitions(store: DefinitionStore, { clock, logger, background }: MemoryDeps) {
  let stopSoon: (() => Promise<void>) | null = null;
  const definitions = definitionLedger({
    store,
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
