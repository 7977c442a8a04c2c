import type { Database } from "../../../../gateway/store/database.ts";

/** Runs something before the nth statement that an operation sends to its store. */
export interface Gap {
  /** Statements still to pass; negative when it is over or off. */
  left: number;
  /** Also within a transaction, where another process could not write, but this one may die. */
  inside: boolean;
  act(): void;
}

/** A connection at which something may happen between two of its statements. */
export function watchedDatabase(database: Database, gap: Gap): Database {
  function pass(): void {
    if (gap.left < 0 || (database.isTransaction && !gap.inside)) return;
    if (gap.left-- === 0) gap.act();
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
