import { setTimeout as pause } from "node:timers/promises";
import type { Statement } from "../sql.ts";
import { StoreUnavailable } from "./failures.ts";

const askAgainMs = 50;
/** A process of PostgreSQL whose connection was lost may need a moment to notice it. */
const tries = 40;

/** https://www.postgresql.org/docs/13/functions-info.html#FUNCTIONS-PG-SNAPSHOT */
export const fateText = "SELECT pg_xact_status(?::xid8) AS status";

/**
 * Whether a transaction whose COMMIT was not answered is committed: it is asked for by its own id, and not guessed.
 * @throws StoreUnavailable as long as nobody can tell
 */
export async function isCommitted(ask: Statement, transaction: string): Promise<boolean> {
  for (let left = tries; left > 0; left -= 1) {
    const status = (await ask.get(transaction))?.["status"];
    if (status !== "in progress") return status === "committed";
    await pause(askAgainMs);
  }
  throw new StoreUnavailable(`transaction ${transaction} has neither been committed nor undone`);
}

/** A transaction may be committed, and nobody can tell now. */
export class FateUnknown extends StoreUnavailable {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`what became of a transaction is not known yet: ${why}`, cause);
  }
}
