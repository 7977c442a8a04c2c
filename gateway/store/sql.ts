/** What a parameter of a statement may be. Lists are JSON texts (`Sql.listed`). */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** One row, by the names of its columns. Integers are numbers in both engines. */
export type SqlRow = Record<string, unknown>;

/** What a transaction asks of the store, and is answered at once or later. */
export interface Step {
  readonly statement: Statement;
  readonly verb: "all" | "get" | "run";
  readonly values: readonly SqlValue[];
}

/** Work of a transaction, one statement after the other: `const row = yield* statement.step.get(id)`. */
export type Steps<T> = Generator<Step, T, unknown>;

/** The verbs of a statement as steps of a transaction. */
export interface StatementSteps {
  all(...values: readonly SqlValue[]): Steps<SqlRow[]>;
  get(...values: readonly SqlValue[]): Steps<SqlRow | undefined>;
  run(...values: readonly SqlValue[]): Steps<number>;
}

/** One statement, prepared once. */
export interface Statement {
  readonly step: StatementSteps;
  all(...values: readonly SqlValue[]): Promise<SqlRow[]>;
  get(...values: readonly SqlValue[]): Promise<SqlRow | undefined>;
  /** @returns how many rows were changed */
  run(...values: readonly SqlValue[]): Promise<number>;
}

/** A statement belongs to the connection that prepared it. */
export function foreignStatement(): Error {
  return new Error("a step of the transaction is of a statement that another connection has prepared");
}

/** The steps of this statement. */
export function stepsOf(statement: () => Statement): StatementSteps {
  // The store answers each verb with what it is for.
  function* step<T>(verb: Step["verb"], values: readonly SqlValue[]): Steps<T> {
    return (yield { statement: statement(), verb, values }) as T;
  }
  return {
    all: (...values) => step("all", values),
    get: (...values) => step("get", values),
    run: (...values) => step("run", values),
  };
}

/** Groups of tables whose transactions of several steps run one after the other, in all processes of a store. */
export type Area =
  | "access"
  | "accounts"
  | "approvals"
  | "authorizations"
  | "clients"
  | "connected"
  | "definitions"
  | "leases"
  | "sessions"
  | "signals"
  | "tasks";

/**
 * A store that understands SQL: SQLite in this process, or PostgreSQL elsewhere. Statements are written once where both engines read
 * them: `?` and `?1` are parameters, `rowid` is the order of insertion, texts are compared by their bytes.
 */
export interface Sql {
  /** Makes these tables of the embedded store where they are missing. Those of PostgreSQL are made by migrations. */
  define(schema: string): void;
  /**
   * `unsynced`: what it writes may be undone by a power cut, so that nobody waits for the disk. PostgreSQL ignores it, and waits.
   */
  prepare(text: string, durability?: "unsynced"): Statement;
  /** The text for the engine, where the two differ. */
  either(texts: { readonly sqlite: string; readonly postgres: string }): string;
  /** The elements of the JSON array of texts that a parameter is: `(SELECT …)` with one column `value`. */
  listed(parameter: string): string;
  /**
   * One transaction: all of its steps, or none when it throws. SQLite makes it at once, within the turn of the event loop. Within
   * another transaction it is part of that one. Two of one area never run at the same time.
   */
  transaction<T>(area: Area, work: () => Steps<T>): Promise<T>;
  /**
   * What `work` does to the store, in however many steps, is durable when it resolves: all of it, or none when it rejects. Within
   * another transaction it is part of that one. Two of one area never run at the same time.
   */
  atomically<T>(area: Area, work: () => Promise<T>): Promise<T>;
  /** The greater of two numbers. */
  greater(one: string, other: string): string;
  /** Each call says whether another process has changed one of these tables since the call before. */
  changedElsewhere(...tables: readonly string[]): () => boolean;
}
