import type { CallChange, CallQuestion, CallState } from "../domain/ports.ts";
import { oncePer } from "../lib/caches.ts";
import { batched } from "../lib/event-loop.ts";
import { callStateStore, liveness } from "./call-state.ts";
import type { AnyConnection } from "./engines.ts";

/** What the calls of one turn of the event loop read is one step, and what they change is another. It must not be used within a transaction. */
export interface CallTurn {
  /** As `CallStateStore.read`. */
  read(question: CallQuestion): Promise<CallState>;
  /** As `CallStateStore.write`. */
  write(change: CallChange): Promise<boolean>;
}

/** One for each connection, so that whatever needs the store in a turn shares its steps. */
export const callTurn = oncePer((sql: AnyConnection): CallTurn => {
  const { read, write } = callStateStore(sql, liveness(sql));
  return { read: batched(read, isOfValues), write: batched(write, isOfValues) };
});

/**
 * PostgreSQL refuses a value, such as a text with U+0000 in it, or one that no index holds: SQLSTATE classes 22, data exception, and 54, program
 * limit exceeded (https://www.postgresql.org/docs/current/errcodes-appendix.html). The call that has it fails, and no other of its turn.
 */
function isOfValues(failure: unknown): boolean {
  // A row that holds no JSON.
  if (failure instanceof SyntaxError) return true;
  const { code } = failure as { readonly code?: unknown };
  return failure instanceof Error && typeof code === "string" && /^(22|54)/.test(code);
}
