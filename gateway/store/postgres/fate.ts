import { setTimeout as pause } from "node:timers/promises";
import type { Statement } from "../sql.ts";
import type { UnknownFate } from "../../domain/unknown-fate.ts";
import { StoreUnavailable } from "./failures.ts";

const askAgainMs = 50;
/** A process of PostgreSQL whose connection was lost may need a moment to notice it. */
const tries = 40;

/** invalid_parameter_value: the server has not given this id to a transaction yet. */
const unknownToServer = "22023";

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
export class FateUnknown extends StoreUnavailable implements UnknownFate {
  readonly committed: Promise<boolean>;

  constructor(cause: unknown, committed: Promise<boolean>) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`what became of a transaction is not known yet: ${why}`, cause);
    this.committed = committed;
  }
}

/** Transactions that nobody could be asked about when their COMMIT was not answered. They are asked about until somebody can tell. */
export class OpenFates {
  readonly #ask: Statement;
  readonly #open = new Map<string, (isCommitted: boolean) => void>();

  /** @param ask `fateText` */
  constructor(ask: Statement) {
    this.#ask = ask;
  }

  /** Resolves when it is known whether it is committed. */
  add(transaction: string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#open.set(transaction, resolve);
    return promise;
  }

  /**
   * @param found is called for each that has turned out to be committed, also when a later one cannot be asked about
   * @throws StoreUnavailable
   */
  async find(found: () => void): Promise<void> {
    for (const [transaction, resolve] of this.#open) {
      const status = await this.#statusOf(transaction);
      if (status === "in progress" || !this.#open.delete(transaction)) continue;
      if (status === "committed") found();
      resolve(status === "committed");
    }
  }

  async #statusOf(transaction: string): Promise<unknown> {
    try {
      return (await this.#ask.get(transaction))?.["status"];
    } catch (failure) {
      // A server that has taken over from another may never have heard of it: its id is "in the future".
      if ((failure as { readonly code?: unknown }).code === unknownToServer) return null;
      throw failure;
    }
  }
}
