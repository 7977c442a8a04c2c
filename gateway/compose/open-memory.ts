import { KeptResults } from "../act/kept/kept-results.ts";
import { CallWindows } from "../act/obligations/limit-calls.ts";
import type { Config } from "../config/config.ts";
import type { Background, Job } from "../domain/background.ts";
import type { Clock, DefinitionStore, Logger } from "../domain/ports.ts";
import { definitionLedger } from "../gather/definitions.ts";
import { sessionLedger } from "../gather/sessions.ts";
import type { Database } from "../store/database.ts";
import { definitionStore, sessionStore } from "../store/memory.ts";

const sessionsInMemory = 100_000;

const retryEveryMs = 1_000;

export interface MemoryDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
}

/** What is remembered of callers and tools: one memory for calls and for questions of other enforcement points. */
export function openMemory({ sessions: { history } }: Config, deps: MemoryDeps) {
  const { database, clock } = deps;
  return {
    ...openDefinitions(definitionStore(database), deps),
    sessions: sessionLedger({ store: sessionStore(database), history, capacity: sessionsInMemory, clock }),
    windows: new CallWindows(clock),
    kept: new KeptResults(clock),
  };
}

export type Memory = ReturnType<typeof openMemory>;

/** What was observed is written when the turn of the call that listed it is over. */
function openDefinitions(store: DefinitionStore, { clock, logger, background }: MemoryDeps) {
  let due: NodeJS.Immediate | undefined;
  const definitions = definitionLedger({
    ...{ store, clock, logger },
    onPending: () => void (due = setImmediate(() => background.run(keep))),
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
    keepDefinitions(): void {
      stop();
      clearImmediate(due);
      background.run(keep);
    },
  };
}
