import type { Statement } from "../sql.ts";

/**
 * What other processes have changed. Each process counts its changes of a table in a row of its own, in the transaction that
 * changes the table (triggers of the migrations), so that whoever sees the count sees the change.
 */
export class Changes {
  static readonly statement =
    "SELECT changed AS table_name, sum(version) AS version FROM store_changes WHERE writer <> ? GROUP BY changed";
  readonly #statement: Statement;
  readonly #process: string;
  #versions: ReadonlyMap<string, number> = new Map();

  constructor(statement: Statement, process: string) {
    this.#statement = statement;
    this.#process = process;
  }

  async look(): Promise<void> {
    const rows = await this.#statement.all(this.#process);
    this.#versions = new Map(rows.map((row) => [String(row["table_name"]), Number(row["version"])]));
  }

  /** Each call says whether what `look` saw last of these tables is not what the call before found. */
  detector(tables: readonly string[]): () => boolean {
    const version = (): number => tables.reduce((sum, table) => sum + (this.#versions.get(table) ?? 0), 0);
    let known = version();
    return function changed() {
      const now = version();
      if (now === known) return false;
      known = now;
      return true;
    };
  }
}
