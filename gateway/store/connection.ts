import { AsyncLocalStorage } from "node:async_hooks";
import type { StoreOperation } from "../domain/ports.ts";
import { SQLITE_BUSY, sqliteResult } from "../lib/sqlite-result.ts";
import { writtenElsewhere } from "./change-detector.ts";
import { type Database, LOCK_WAIT_MS, transactions, unsynced } from "./database.ts";
import {
  type Area,
  type Sql,
  type SqlRow,
  type SqlValue,
  type Statement,
  type Step,
  type Steps,
  foreignStatement,
  stepsOf,
} from "./sql.ts";

/** Milliseconds that background work waits for a lock of another process. The whole process stops meanwhile. */
const BACKGROUND_WAIT_MS = 500;
/** The same, and that of all other work, after any found the store locked. */
const LOCKED_WAIT_MS = 20;

/** The flow of work that a statement belongs to. */
interface Flow {
  readonly transaction: Promise<void> | null;
  readonly background: boolean;
}

/** A statement as SQLite answers it: within the turn. */
interface SyncStatement {
  all(...values: readonly SqlValue[]): SqlRow[];
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  run(...values: readonly SqlValue[]): number;
}

/** Follows how long the store takes. */
export interface StoreWatch {
  /** Milliseconds on a clock that never jumps. */
  monotonic(): number;
  took(operation: StoreOperation, seconds: number): void;
}

const noFlow: Flow = { transaction: null, background: false };

/**
 * The one connection of this process to the embedded store. Ports are asynchronous, so that a database elsewhere can stand
 * behind them; SQLite itself answers within the turn. While a transaction is open, only the flow that opened it reaches the
 * store, and everybody else waits for its end.
 */
export class Connection implements Sql {
  readonly database: Database;
  readonly #flows = new AsyncLocalStorage<Flow>();
  readonly #within: ReturnType<typeof transactions>;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #changes;
  readonly #watch: StoreWatch | null;
  readonly #statements = new WeakMap<Statement, SyncStatement>();
  /** Resolves when the transaction that is open has ended. */
  #open: Promise<void> | null = null;
  #waitMs = LOCK_WAIT_MS;
  #locked = false;

  constructor(database: Database, watch: StoreWatch | null = null) {
    this.database = database;
    this.#watch = watch;
    this.#within = transactions(database);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
    this.#changes = database.prepare("SELECT total_changes() AS n");
  }

  define(schema: string): void {
    this.database.exec(schema);
  }

  prepare(text: string, durability?: "unsynced"): Statement {
    const { database } = this;
    const statement = database.prepare(text);
    const write = (values: readonly SqlValue[]): number => Number(statement.run(...values).changes);
    const now: SyncStatement = {
      all: (...values) => statement.all(...values),
      get: (...values) => statement.get(...values),
      run: (...values) => (durability === undefined ? write(values) : unsynced(database, () => write(values))),
    };
    const prepared: Statement = {
      all: (...values) => this.run(() => now.all(...values)),
      get: (...values) => this.run(() => now.get(...values)),
      run: (...values) => this.run(() => now.run(...values), "write"),
      step: stepsOf(() => prepared),
    };
    this.#statements.set(prepared, now);
    return prepared;
  }

  transaction<T>(_area: Area, work: () => Steps<T>): Promise<T> {
    return this.runAll(() => {
      const steps = work();
      for (let at = steps.next(); ; at = steps.next(this.#answer(at.value))) if (at.done === true) return at.value;
    });
  }

  #answer({ statement, verb, values }: Step): unknown {
    const known = this.#statements.get(statement);
    if (known === undefined) throw foreignStatement();
    return known[verb](...values);
  }

  greater(one: string, other: string): string {
    return `max(${one}, ${other})`;
  }

  either({ sqlite }: { readonly sqlite: string; readonly postgres: string }): string {
    return sqlite;
  }

  listed(parameter: string): string {
    return `(SELECT value FROM json_each(${parameter}))`;
  }

  /** Any table's: SQLite tells no more. */
  changedElsewhere(): () => boolean {
    return writtenElsewhere(this.database);
  }

  /** Runs statements that are one piece: in a write, on disk when it resolves. `work` must not wait for anything. */
  async run<T>(work: () => T, operation: StoreOperation = "read"): Promise<T> {
    while (this.#belongsToOthers()) await this.#open;
    return this.#patiently(work, operation);
  }

  /** As `run`, in one transaction: all of it, or none when it throws. */
  runAll<T>(work: () => T): Promise<T> {
    return this.run(() => this.#within(work), "write");
  }

  /**
   * What `work` does to the store, in however many steps, is on disk when it resolves: all of it, or none when it rejects.
   * Within another transaction it is part of that one. Whatever `work` starts must have ended when it resolves. Transactions run one
   * after the other, of whatever area.
   */
  async atomically<T>(_area: Area, work: () => Promise<T>): Promise<T> {
    const flow = this.#flows.getStore() ?? noFlow;
    if (this.#open !== null && flow.transaction === this.#open) return work();
    while (this.#open !== null) await this.#open;
    const { promise: transaction, resolve: end } = Promise.withResolvers<void>();
    this.#open = transaction;
    try {
      this.#patiently(() => this.#begin.run(), "write");
      const result = await this.#flows.run({ ...flow, transaction }, work);
      this.#timed(() => this.#commit.run(), "commit");
      return result;
    } catch (thrown) {
      if (this.database.isTransaction) this.#rollback.run();
      throw thrown;
    } finally {
      this.#open = null;
      end();
    }
  }

  /** Runs background work, which waits a short time for a lock of another process: each wait stops the whole process. */
  briefly(work: () => Promise<void>): Promise<void> {
    const flow = this.#flows.getStore() ?? noFlow;
    return this.#flows.run({ ...flow, background: true }, work);
  }

  /** True while a transaction of another flow is open. Asked in the same turn of the event loop in which the statement runs. */
  #belongsToOthers(): boolean {
    return this.#open !== null && this.#flows.getStore()?.transaction !== this.#open;
  }

  /** Once the store was found locked, nobody waits longer than an instant for it until something is written: most calls need no lock. */
  #patiently<T>(work: () => T, operation: StoreOperation): T {
    const background = this.#flows.getStore()?.background === true;
    const waitMs = this.#locked ? LOCKED_WAIT_MS : background ? BACKGROUND_WAIT_MS : LOCK_WAIT_MS;
    if (waitMs !== this.#waitMs) this.database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    this.#waitMs = waitMs;
    const before = this.#locked ? this.#written() : 0;
    try {
      const result = this.#timed(work, operation);
      // What is only read succeeds under any lock, and says nothing of it.
      if (this.#locked && this.#written() !== before) this.#locked = false;
      return result;
    } catch (failure) {
      if (sqliteResult(failure) === SQLITE_BUSY) this.#locked = true;
      throw failure;
    }
  }

  #timed<T>(work: () => T, operation: StoreOperation): T {
    const watch = this.#watch;
    if (watch === null) return work();
    const began = watch.monotonic();
    try {
      return work();
    } finally {
      watch.took(operation, (watch.monotonic() - began) / 1_000);
    }
  }

  /** Rows that this connection has changed since it was opened. */
  #written(): unknown {
    return this.#changes.get()?.["n"];
  }
}
