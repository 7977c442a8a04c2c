import { AsyncLocalStorage } from "node:async_hooks";
import { hash } from "node:crypto";
import pg from "pg";
import {
  type Area,
  type Sql,
  type SqlRow,
  type SqlValue,
  type Statement,
  type Steps,
  foreignStatement,
  stepsOf,
} from "../sql.ts";
import type { StoreOperation } from "../../domain/ports.ts";
import type { StoreWatch } from "../connection.ts";
import { Changes } from "./changes.ts";
import { asked, StoreRefused, StoreUnavailable } from "./failures.ts";
import { Fates, lockText, type Marked } from "./fate.ts";
import { asksForStandby, behind, PrimaryClients } from "./primary-clients.ts";
import { Turns } from "./turns.ts";

/** A list is an array. */
export type PostgresValue = SqlValue | readonly (string | number | null)[];

interface PostgresStatement extends Statement {
  all(...values: readonly PostgresValue[]): Promise<SqlRow[]>;
  get(...values: readonly PostgresValue[]): Promise<SqlRow | undefined>;
  run(...values: readonly PostgresValue[]): Promise<number>;
}

export interface PostgresSettings extends pg.PoolConfig {
  /** Milliseconds for which a look at what others have changed counts; absent: for ever. */
  readonly lookGoodForMs?: number;
  readonly watch?: StoreWatch;
}

/** A transaction while it is open. */
interface Transaction {
  readonly client: pg.PoolClient;
  /** Those whose row this transaction has locked. */
  readonly areas: Set<Area>;
  /** Null until an area is locked. */
  marked: Marked | null;
  isOpen: boolean;
  /** One of its statements found that the store, or this connection, cannot be used. */
  isBroken: boolean;
}

/**
 * Options of each connection: those that are configured (the client reads PGOPTIONS), and READ COMMITTED for statements outside of a
 * transaction. At a stricter level PostgreSQL refuses a statement that meets a row which another has just changed.
 */
function optionsOf({ options }: pg.PoolConfig): string {
  const { connectionParameters } = new pg.Client({ options }) as pg.Client & WithParameters;
  return `${connectionParameters.options ?? ""} -c default_transaction_isolation=read\\ committed`.trim();
}

interface WithParameters {
  readonly connectionParameters: { readonly options?: string };
}

/** Whatever the database or the user has as a default. */
const begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

const isRead = /^\s*(SELECT|WITH RECURSIVE)\b/;

const int8 = 20;
const numeric = 1700;

/** Integers and sums of them are numbers: times, counts, and versions, all below 2^53. Everything else as the client has it. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text") =>
    oid === int8 || oid === numeric ? Number : pg.types.getTypeParser(oid, format)) as never,
};

/**
 * The connections of this process to a store in PostgreSQL. A statement outside of a transaction takes any that is free; within
 * one, that of the transaction. Statements are prepared once in each connection (https://node-postgres.com/features/queries).
 */
export class PostgresConnection implements Sql {
  readonly #clients: PrimaryClients;
  readonly #watch: StoreWatch | null;
  readonly #flows = new AsyncLocalStorage<Transaction>();
  readonly #changes: Changes;
  readonly #turns: Turns;
  /** Why nothing is asked of the store any more. */
  #refusedFor: string | null = null;
  /** By text: what is composed for a question is prepared once as well. */
  readonly #prepared = new Map<string, PostgresStatement>();
  readonly #own = new WeakSet<Statement>();
  readonly #locking: Statement;
  readonly #fates: Fates;
  readonly #process: string;

  /** `process` names this process to the others of the store: what it writes itself is no change made elsewhere. */
  constructor({ lookGoodForMs = Infinity, watch, ...settings }: PostgresSettings, process: string) {
    this.#watch = watch ?? null;
    this.#turns = new Turns(settings.connectionTimeoutMillis ?? null);
    this.#clients = new PrimaryClients({ ...settings, options: optionsOf(settings), types, application_name: process });
    this.#process = process;
    this.#locking = this.prepare(lockText);
    this.#fates = new Fates(this, process);
    const statement = this.prepare(Changes.statement);
    this.#changes = new Changes({ statement, process, goodForMs: lookGoodForMs });
  }

  /** Migrations make the tables. */
  define(): void {
    return;
  }

  either({ postgres }: { readonly sqlite: string; readonly postgres: string }): string {
    return postgres;
  }

  listed(parameter: string): string {
    return `(SELECT value FROM json_array_elements_text(${parameter}::json) AS listed (value))`;
  }

  greater(one: string, other: string): string {
    return `greatest(${one}, ${other})`;
  }

  prepare(text: string): PostgresStatement {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const query = { name: nameOf(text), text: numbered(text) };
    const operation = isRead.test(text) ? "read" : "write";
    const run = (values: readonly PostgresValue[]) =>
      this.#timed(operation, () => this.#query({ ...query, values: [...values] }));
    const statement: PostgresStatement = {
      all: async (...values) => (await run(values)).rows,
      get: async (...values) => (await run(values)).rows[0],
      run: async (...values) => (await run(values)).rowCount ?? 0,
      step: stepsOf(() => statement),
    };
    this.#prepared.set(text, statement);
    this.#own.add(statement);
    return statement;
  }

  transaction<T>(area: Area, work: () => Steps<T>): Promise<T> {
    return this.atomically(area, async () => {
      const steps = work();
      for (let at = steps.next(); ;) {
        if (at.done === true) return at.value;
        const { statement, verb, values } = at.value;
        if (!this.#own.has(statement)) throw foreignStatement();
        at = steps.next(await statement[verb](...values));
      }
    });
  }

  atomically<T>(area: Area, work: () => Promise<T>): Promise<T> {
    const run = (): Promise<T> =>
      this.within(async () => {
        await this.#lock(area);
        return work();
      });
    // Within a transaction there is a connection already, and PostgreSQL finds those that wait for each other in a circle.
    return this.#flows.getStore()?.isOpen === true ? run() : this.#turns.take(area, run);
  }

  /**
   * One transaction. Within another it is part of that one.
   * @throws StoreUnavailable when nothing of it is in the store, or it has locked no area; FateUnknown when all of it may be
   */
  async within<T>(work: () => Promise<T>): Promise<T> {
    if (this.#flows.getStore()?.isOpen === true) return work();
    this.#assertAskable(begin);
    const client = await asked(() => this.#clients.connect());
    const transaction: Transaction = { client, areas: new Set(), marked: null, isOpen: true, isBroken: false };
    let isBroken = false;
    let unanswered: StoreUnavailable | null = null;
    let result: T;
    try {
      await asked(() => this.#clients.ask(client, { text: begin }));
      result = await this.#flows.run(transaction, work);
      transaction.isOpen = false;
      if (transaction.isBroken) throw new StoreUnavailable("a statement of a transaction was not carried out");
      unanswered = await this.#timed("commit", () => this.#commit(client));
      isBroken = unanswered !== null;
    } catch (thrown) {
      // The end of its connection undoes it as well. One that does not answer would be waited for once more.
      isBroken = thrown instanceof StoreUnavailable || transaction.isBroken;
      if (!isBroken) await this.#clients.ask(client, { text: "ROLLBACK" }).catch(() => (isBroken = true));
      throw thrown;
    } finally {
      transaction.isOpen = false;
      this.#clients.release(client, isBroken || transaction.isBroken);
    }
    if (unanswered !== null) await this.#assertCommitted(transaction, unanswered);
    return result;
  }

  /** @throws StoreUnavailable, FateUnknown */
  async #assertCommitted({ marked }: Transaction, unanswered: StoreUnavailable): Promise<void> {
    if (marked === null || !(await this.#fates.isCommitted(marked))) throw unanswered;
  }

  changedElsewhere(...tables: readonly string[]): () => boolean {
    return this.#changes.detector(tables);
  }

  /** `run` is called after each look that has found a change of another process in one of these tables. */
  onChange(tables: readonly string[], run: () => void): void {
    this.#changes.watch(tables, run);
  }

  /** Asks the store what other processes have changed, and what became of transactions of this one that nobody could tell about. */
  async look(): Promise<void> {
    this.#clients.needPrimary();
    await this.#changes.look();
    // What it has changed was told to nobody here.
    await this.#fates.find(() => this.#changes.doubt());
  }

  /** Removes what only transactions that ended long ago have left. */
  purge(): Promise<void> {
    return this.#fates.purge();
  }

  /** Runs statements that have no parameters and are not prepared, such as those of migrations. */
  async execute(text: string): Promise<void> {
    await this.#query({ text });
  }

  /** From now on whatever needs the store is refused, as long as this process lives. */
  refuse(why: string): void {
    this.#refusedFor = why;
  }

  #assertAskable(text: string): void {
    if (this.#refusedFor !== null) throw new StoreRefused(this.#refusedFor);
    if (this.#changes.isStandby && !asksForStandby(text)) throw behind();
  }

  close(): Promise<void> {
    return this.#clients.close();
  }

  /** The rows of `store_areas` are there to be locked. */
  async #lock(area: Area): Promise<void> {
    const transaction = this.#flows.getStore();
    if (transaction === undefined || transaction.areas.has(area)) return;
    const row = await this.#locking.get(area, this.#process);
    if (row === undefined) throw new StoreUnavailable(`the row of "${area}" is missing in store_areas`);
    transaction.marked ??= { id: String(row["id"]), mark: String(row["mark"]) };
    transaction.areas.add(area);
  }

  async #timed<T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> {
    const watch = this.#watch;
    if (watch === null) return work();
    const began = watch.monotonic();
    try {
      return await work();
    } finally {
      watch.took(operation, (watch.monotonic() - began) / 1_000);
    }
  }

  /** Null when it is committed; else why that is not known. @throws Error when it is undone */
  async #commit(client: pg.PoolClient): Promise<StoreUnavailable | null> {
    try {
      const { command } = await asked(() => this.#clients.ask(client, { text: "COMMIT" }));
      // PostgreSQL answers this without an error when a statement before it has failed, whoever caught that.
      if (command !== "COMMIT")
        throw new Error("the store has undone the transaction: one of its statements had failed");
      return null;
    } catch (failure) {
      if (failure instanceof StoreUnavailable) return failure;
      throw failure;
    }
  }

  async #query(query: pg.QueryConfig): Promise<pg.QueryResult<SqlRow>> {
    const open = this.#flows.getStore();
    try {
      this.#assertAskable(query.text);
      if (open?.isOpen !== true) return await asked(() => this.#clients.query<SqlRow>(query));
      return await asked(() => this.#clients.ask<SqlRow>(open.client, query));
    } catch (failure) {
      if (open?.isOpen === true && failure instanceof StoreUnavailable) open.isBroken = true;
      throw failure;
    }
  }
}

/** Of equal texts, in whatever process or version: behind a pooler that mixes up statements nobody runs another's text. 63 bytes at most. */
function nameOf(text: string): string {
  return `sallyport_${hash("sha256", text, "base64url")}`;
}

/** Parameters as PostgreSQL writes them: `?3` is `$3`, and `?` the one after the `?` before it. */
function numbered(text: string): string {
  let last = 0;
  return text.replaceAll(/\?(\d*)/g, (_, number: string) => `$${number === "" ? (last += 1) : number}`);
}
