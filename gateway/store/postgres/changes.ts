import type { Statement } from "../sql.ts";
import { behind } from "./primary-clients.ts";

/** While nobody can look, each detector says so often that something may have changed, so that what is remembered is read again. */
const sayAgainMs = 250;

/** In the place of a table. */
const standby = "standby";

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
  /** When the last look began that a standby has answered; null: none, or a later one has succeeded. */
  #standbyAt: number | null = null;
  readonly #now: () => number;
  readonly #watchers: { readonly hasChanged: () => boolean; readonly run: () => void }[] = [];
  #doubts = 0;

  constructor(options: ChangesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#lookedAt = this.#now();
  }

  /** The last look was answered by a standby: what is read from it may lack what others have changed, as well. */
  get isStandby(): boolean {
    return this.#standbyAt !== null;
  }

  /** @throws StoreUnavailable */
  async look(): Promise<void> {
    const { statement, process } = this.#options;
    const began = this.#now();
    const rows = await statement.all(process);
    if (rows.some((row) => row["table_name"] === standby)) {
      this.#standbyAt = began;
      throw behind();
    }
    // A look that began earlier may end later.
    if (began < this.#lookedAt) return;
    this.#versions = new Map(rows.map((row) => [String(row["table_name"]), Number(row["version"])]));
    this.#lookedAt = began;
    if (this.#standbyAt !== null && began >= this.#standbyAt) this.#standbyAt = null;
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
