import pg from "pg";
import { Refusal } from "../../domain/errors.ts";

/** The store cannot be used now: whatever needed it is denied, and may be tried again. */
export class StoreUnavailable extends Refusal {
  /** For `/readyz`. */
  readonly fix: string = "look at PostgreSQL and the way to it; work goes on by itself once it can be used";
  readonly why: string;

  constructor(why: string, cause?: unknown) {
    super("store_unavailable", { detail: `the store in PostgreSQL cannot be used: ${why}`, cause });
    this.why = why;
  }
}

/** The store is not the one that this process has used before. Only a new start finds out what to do. */
export class StoreRefused extends StoreUnavailable {
  override readonly fix = "start the gateway anew: it says what to do";
}

/**
 * Classes of errors that are about a statement and its values, and come again however often it is tried
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const aboutStatements = new Set(["0A", "20", "21", "22", "23", "24", "25", "26", "2F", "34", "42", "44", "54", "P0"]);
/** Those of these classes that are about the database, or about one connection, and go away. */
const passing = new Set([
  "0A000", // feature_not_supported: a statement that was prepared before its tables were changed
  "25006", // read_only_sql_transaction: of a database that was failed over from
  "25P03", // idle_in_transaction_session_timeout
  "25P04", // transaction_timeout
  "26000", // invalid_sql_statement_name: a statement that this connection had prepared is gone
  "42501", // insufficient_privilege
  "42P05", // duplicate_prepared_statement: behind a pooler this connection is not always the same
]);

/** What PostgreSQL or the way to it has refused: as it is where the statement is wrong, else `StoreUnavailable`. */
export function storeFailure(failure: unknown): unknown {
  if (failure instanceof StoreUnavailable) return failure;
  const { code = "" } = failure as Failed;
  const isAboutStatement = aboutStatements.has(code.slice(0, 2)) && !passing.has(code);
  if (failure instanceof pg.DatabaseError && isAboutStatement) return failure;
  return new StoreUnavailable(saidBy(failure as Failed), failure);
}

interface Failed {
  readonly code?: string;
  readonly message?: string;
}

/** What a failure says, on one line. Where a name has several addresses, the failure of each has a text, and that of all has none. */
export function saidBy({ code = "", message = "" }: Failed): string {
  return message === "" ? code : message.replace(/\s+/g, " ");
}

/** @throws what `storeFailure` makes of a failure, also of one that is thrown at once */
export async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (failure) {
    throw storeFailure(failure);
  }
}
