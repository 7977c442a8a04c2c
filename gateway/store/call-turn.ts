import type { CallChange, CallQuestion, CallState } from "../domain/ports.ts";
import { oncePer } from "../lib/caches.ts";
import { batched } from "../lib/event-loop.ts";
import { callStateStore, liveness } from "./call-state.ts";
import type { AnyConnection } from "./engines.ts";

/** What calls read, and what they change: that of all calls of one turn of the event loop is one step each. Not within a transaction. */
export interface CallTurn {
  /** As `CallStateStore.read`. */
  read(question: CallQuestion): Promise<CallState>;
  /** As `CallStateStore.write`. */
  write(change: CallChange): Promise<boolean>;
}

/** One for each connection, so that whatever needs the store in a turn shares its steps. */
export const callTurn = oncePer((sql: AnyConnection): CallTurn => {
  const { read, write } = callStateStore(sql, liveness(sql));
  return { read: batched(read), write: batched(write) };
});
