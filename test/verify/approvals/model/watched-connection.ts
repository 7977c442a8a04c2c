import { Connection } from "../../../../gateway/store/connection.ts";
import type { Area } from "../../../../gateway/store/sql.ts";
import type { Database } from "../../../../gateway/store/database.ts";

/** What happens before the nth step of an operation at its store. */
export interface Gap {
  /** Steps still to pass; negative when it is over or off. */
  left: number;
  /** The end of this process: before any statement, also within a transaction. Null when another process acts. */
  dies: (() => Error) | null;
  /** What another process does: before a piece of work, where it can write, so never within a transaction. */
  act(): Promise<void>;
}

/** A connection at which something may happen between two of an operation's steps. */
export class WatchedConnection extends Connection {
  readonly #gap: Gap;

  constructor(database: Database, gap: Gap) {
    super(watchedDatabase(database, gap));
    this.#gap = gap;
  }

  override async run<T>(work: () => T): Promise<T> {
    await this.#pass();
    return super.run(work);
  }

  override async atomically<T>(area: Area, work: () => Promise<T>): Promise<T> {
    await this.#pass();
    return super.atomically(area, work);
  }

  async #pass(): Promise<void> {
    const gap = this.#gap;
    if (gap.dies !== null || gap.left < 0 || this.database.isTransaction) return;
    if (gap.left-- === 0) await gap.act();
  }
}

/** A database whose process may die before any of its statements. */
function watchedDatabase(database: Database, gap: Gap): Database {
  function pass(): void {
    if (gap.dies === null || gap.left < 0) return;
    if (gap.left-- === 0) throw gap.dies();
  }
  const verbs = new Set(["run", "get", "all"]);
  function watched<Target extends object>(target: Target, names: ReadonlySet<string>): Target {
    return new Proxy(target, {
      get(of, name) {
        const value: unknown = Reflect.get(of, name, of);
        if (typeof value !== "function") return value;
        return (...given: unknown[]): unknown => {
          if (names.has(String(name))) pass();
          const made: unknown = Reflect.apply(value, of, given);
          return name === "prepare" ? watched(made as object, verbs) : made;
        };
      },
    });
  }
  return watched(database, new Set(["exec"]));
}
