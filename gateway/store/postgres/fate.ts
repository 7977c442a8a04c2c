import { setTimeout as pause } from "node:timers/promises";
import type { Sql, Statement } from "../sql.ts";
import type { UnknownFate } from "../../domain/unknown-fate.ts";
import { StoreUnavailable } from "./failures.ts";
import { type Purge, purging } from "../purging.ts";

const askAgainMs = 50;
/** A process of PostgreSQL whose connection was lost may need a moment to notice it. */
const tries = 40;

/** invalid_parameter_value: the server has not given this id to a transaction yet. */
const unknownToServer = "22023";

/** Locks an area, and leaves in the store what only this transaction leaves there. The first parameter is the area, the second this process. */
export const lockText = `WITH locked AS (SELECT name FROM store_areas WHERE name = ? FOR UPDATE)
  INSERT INTO store_transactions (process) SELECT CAST(? AS TEXT) FROM locked
  RETURNING mark::text AS mark, pg_current_xact_id()::text AS id`;

/** A transaction that has locked an area. */
export interface Marked {
  /** By which PostgreSQL knows it. */
  readonly id: string;
  /** Of its row in `store_transactions`. */
  readonly mark: string;
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

/** What became of transactions whose COMMIT was not answered. They are asked about until somebody can tell. */
export class Fates {
  readonly #status: Statement;
  readonly #mark: Statement;
  readonly #purge: Purge;
  readonly #process: string;
  /** Those that nobody could be asked about at once, by their marks. */
  readonly #open = new Map<string, { readonly id: string; readonly resolve: (isCommitted: boolean) => void }>();

  constructor(sql: Pick<Sql, "prepare" | "listed" | "either">, process: string) {
    // https://www.postgresql.org/docs/13/functions-info.html#FUNCTIONS-PG-SNAPSHOT
    // A standby has not replayed all of what its primary has committed.
    this.#status = sql.prepare(
      "SELECT CASE WHEN pg_is_in_recovery() THEN 'in progress' ELSE pg_xact_status(?::xid8) END AS status",
    );
    // The pool may give a connection to another server than the one that was asked before.
    this.#mark = sql.prepare(
      `SELECT pg_is_in_recovery() AS standby, EXISTS (SELECT FROM store_transactions WHERE mark = ?::uuid) AS marked`,
    );
    // A process that was away for longer than a day, and comes back, leaves what it could not find out as it is.
    this.#purge = purging(
      sql,
      "store_transactions",
      `at < now() - INTERVAL '10 minutes'
       AND (process = ? AND mark::text NOT IN ${sql.listed("?")} OR at < now() - INTERVAL '1 day')`,
    );
    this.#process = process;
  }

  /**
   * Whether a transaction whose COMMIT was not answered is committed: it is asked for, and not guessed.
   * @throws FateUnknown as long as nobody can tell
   */
  async isCommitted(transaction: Marked): Promise<boolean> {
    try {
      for (let left = tries; left > 0; left -= 1) {
        const found = await this.#ask(transaction);
        if (found !== null) return found;
        await pause(askAgainMs);
      }
      throw new StoreUnavailable(`transaction ${transaction.id} has neither been committed nor undone`);
    } catch (unknown) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      this.#open.set(transaction.mark, { id: transaction.id, resolve });
      throw new FateUnknown(unknown, promise);
    }
  }

  /**
   * @param found is called for each that has turned out to be committed, also when a later one cannot be asked about
   * @throws StoreUnavailable
   */
  async find(found: () => void): Promise<void> {
    for (const [mark, { id, resolve }] of this.#open) {
      const isCommitted = await this.#ask({ id, mark });
      if (isCommitted === null || !this.#open.delete(mark)) continue;
      if (isCommitted) found();
      resolve(isCommitted);
    }
  }

  /** Removes marks that nobody asks about any more. */
  async purge(): Promise<void> {
    await this.#purge(this.#process, JSON.stringify([...this.#open.keys()]));
  }

  /** Null: it is under way, or a standby was asked. */
  async #ask({ id, mark }: Marked): Promise<boolean | null> {
    if ((await this.#statusOf(id)) === "in progress") return null;
    // Also one of this id that is committed may be another's.
    const row = await this.#mark.get(mark);
    if (row?.["marked"] === true) return true;
    return row?.["standby"] === false ? false : null;
  }

  async #statusOf(id: string): Promise<unknown> {
    try {
      return (await this.#status.get(id))?.["status"];
    } catch (failure) {
      // A server that has taken over from another may never have heard of it: its id is "in the future".
      if ((failure as { readonly code?: unknown }).code === unknownToServer) return null;
      throw failure;
    }
  }
}
