import { CallWindows } from "../act/obligations/limit-calls.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../domain/ports.ts";
import { definitionLedger } from "../gather/definitions.ts";
import { sessionLedger } from "../gather/sessions.ts";
import type { Database } from "../store/database.ts";
import { definitionStore } from "../store/definitions.ts";
import { sessionStore } from "../store/sessions.ts";

const sessionsInMemory = 100_000;

/** What is remembered of callers and tools: one memory for calls and for questions of other enforcement points. */
export function openMemory({ sessions: { history } }: Config, database: Database, clock: Clock) {
  return {
    definitions: definitionLedger(definitionStore(database)),
    sessions: sessionLedger({ store: sessionStore(database), history, capacity: sessionsInMemory, clock }),
    windows: new CallWindows(clock),
  };
}

export type Memory = ReturnType<typeof openMemory>;
