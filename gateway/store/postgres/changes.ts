import type { Statement } from "../sql.ts";
import { StoreUnavailable } from "./failures.ts";

/** While nobody can look, each detector says so often that something may have changed, so that what is remembered is read again. */
const sayAgainMs = 250;

/** In the place of a table. */
const standby = "standby";
const behind = "a standby answers, which may lack what others have changed";

export interface ChangesOptions {
  readonly statement: Statement;
  /** This process: what it changes itself is not counted. */
  readonly process: string;
  /** Milliseconds for which a look counts. A detector whose last look is older says that something may have changed. */
  readonly goodForMs: number;
  /** Monotonic, in milliseconds. Default: the system's. */
  readonly now?: () => number;
}

/**
 * What other processes have changed. Each process counts its changes of a table in a row of its own, in the transaction that
 * changes the table (triggers of the migrations), so that whoever sees the count sees the change.
 *
 * Nothing that is remembered outlives the looks: when they fail or this process stood still, it is read again from the store, and
 * where the store does not answer, whatever needs it is denied.
 */
export class Changes {
  static readonly statement = `SELECT changed AS table_name, sum(version) AS version FROM store_changes WHERE writer <> ? GROUP BY changed
    UNION ALL SELECT '${standby}', 1 WHERE pg_is_in_recovery()`;
  readonly #options: ChangesOptions;
  #versions: ReadonlyMap<string, number> = new Map();
  /** When the last look that succeeded began, on the monotonic clock. */
  #lookedAt: number;
  readonly #now: () => number;
  readonly #watchers: { readonly hasChanged: () => boolean; readonly run: () => void }[] = [];
  #doubts = 0;

  constructor(options: ChangesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#lookedAt = this.#now();
  }

  /** @throws StoreUnavailable */
  async look(): Promise<void> {
    const { statement, process } = this.#options;
    const began = this.#now();
    const rows = await statement.all(process);
    if (rows.some((row) => row["table_name"] === standby)) throw new StoreUnavailable(behind);
    // A look that began earlier may end later.
    if (began < this.#lookedAt) return;
    this.#versions = new Map(rows.map((row) => [String(row["table_name"]), Number(row["version"])]));
    this.#lookedAt = began;
    for (const { hasChanged, run } of this.#watchers) if (hasChanged()) run();
  }

  /** `run` is called after each look that has found a change of one of these tables. */
  watch(tables: readonly string[], run: () => void): void {
    this.#watchers.push({ hasChanged: this.detector(tables), run });
  }

  /** Each detector says once that something may have changed. */
  doubt(): void {
    this.#doubts += 1;
  }

  /** Each call says whether what `look` saw last of these tables is not what the call before found, or is too old to count. */
  detector(tables: readonly string[]): () => boolean {
    const version = (): number => tables.reduce((sum, table) => sum + (this.#versions.get(table) ?? 0), this.#doubts);
    let known = version();
    let saidAt = -Infinity;
    const mayHaveChanged = (): boolean => {
      const now = this.#now();
      if (now - this.#lookedAt <= this.#options.goodForMs || now - saidAt < sayAgainMs) return false;
      saidAt = now;
      return true;
    };
    return function changed() {
      const now = version();
      if (now === known) return mayHaveChanged();
      known = now;
      return true;
    };
  }
}
