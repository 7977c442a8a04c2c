import type { Sql } from "../../../gateway/store/sql.ts";
import type { Shared } from "./shared.ts";

/** Numbers in a table, in the order in which they were added. */
export interface Numbers {
  readonly sql: Sql;
  add(n: number): Promise<void>;
  list(): Promise<number[]>;
}

/** In the table of receipts, which both engines have. */
export function numbers(sql: Sql): Numbers {
  sql.define(
    "CREATE TABLE IF NOT EXISTS receipts (approval TEXT NOT NULL, at INTEGER NOT NULL, jws TEXT NOT NULL) STRICT",
  );
  const insert = sql.prepare("INSERT INTO receipts (approval, at, jws) VALUES ('', ?, '')");
  const all = sql.prepare("SELECT at FROM receipts ORDER BY rowid");
  return {
    sql,
    add: async (n) => void (await insert.run(n)),
    list: async () => (await all.all()).map((row) => Number(row["at"])),
  };
}

/** What every connection to a store promises of transactions. */
export function describeConnection(make: () => Promise<Shared<Numbers>>): void {
  describe("a connection to a store", () => {
    let shared: Shared<Numbers>;
    beforeEach(async () => (shared = await make()));
    afterEach(() => shared.close());

    it("keeps everything of a transaction, or nothing when one of its steps fails", async () => {
      const { sql, add, list } = shared.store;
      await sql.atomically("tasks", async () => {
        await add(1);
        await add(2);
      });
      const failing = sql.atomically("tasks", async () => {
        await add(3);
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await list()).toEqual([1, 2]);
    });

    it("rejects a transaction that goes on after a failing statement, or keeps what it wrote", async () => {
      const { sql, add, list } = shared.store;
      const failing = sql.prepare("INSERT INTO receipts (approval, at, jws) VALUES ('', ?, '')");
      const work = sql.atomically("tasks", async () => {
        await add(1);
        await expect(failing.run(null)).rejects.toThrow(/null/i);
      });
      const isKept = await work.then(
        () => true,
        () => false,
      );
      expect(await list()).toEqual(isKept ? [1] : []);
      await sql.atomically("tasks", () => add(2));
      expect(await list()).toEqual(isKept ? [1, 2] : [2]);
    });

    it("makes a transaction within a transaction a part of it", async () => {
      const { sql, add, list } = shared.store;
      const outer = sql.atomically("tasks", async () => {
        await sql.atomically("tasks", () => add(1));
        throw new Error("undone");
      });
      await expect(outer).rejects.toThrow("undone");
      expect(await list()).toEqual([]);
    });

    it("runs transactions of different flows one after the other", async () => {
      const { sql, add, list } = shared.store;
      const flow = (n: number) =>
        sql.atomically("tasks", async () => {
          const before = (await list()).length;
          await Promise.resolve();
          await add(before + n);
        });
      await Promise.all([flow(10), flow(20), flow(30)]);
      // Which of them is first is not promised: each has seen all that came before it.
      const rows = await list();
      expect(rows.map((row) => row % 10).toSorted()).toEqual([0, 1, 2]);
      expect(rows.map((row) => row - (row % 10)).toSorted()).toEqual([10, 20, 30]);
    });

    it("treats work that outlives its transaction as work of somebody else", async () => {
      const { sql, add, list } = shared.store;
      const late = Promise.withResolvers<void>();
      let stray = Promise.resolve();
      await sql.atomically("tasks", async () => {
        await add(1);
        stray = late.promise.then(() => add(2));
      });
      const second = sql.atomically("tasks", async () => {
        late.resolve();
        await new Promise(setImmediate);
        throw new Error("undone");
      });
      await expect(second).rejects.toThrow("undone");
      await stray;
      expect(await list()).toEqual([1, 2]);
    });

    it("makes all steps of a transaction, or none when one of them fails", async () => {
      const { sql, list } = shared.store;
      const insert = sql.prepare("INSERT INTO receipts (approval, at, jws) VALUES ('', ?, '')");
      const count = sql.prepare("SELECT count(*) AS n FROM receipts");
      const counted = await sql.transaction("tasks", function* () {
        yield* insert.step.run(1);
        return Number((yield* count.step.get())?.["n"]);
      });
      expect(counted).toBe(1);
      const failing = sql.transaction("tasks", function* () {
        yield* insert.step.run(2);
        yield* insert.step.run(null);
      });
      await expect(failing).rejects.toThrow(/null/i);
      expect(await list()).toEqual([1]);
    });

    it("refuses a step of a statement that another connection has prepared", async () => {
      const other = await shared.again();
      const insert = other.store.sql.prepare("INSERT INTO receipts (approval, at, jws) VALUES ('', ?, '')");
      const foreign = shared.store.sql.transaction("tasks", () => insert.step.run(1));
      await expect(foreign).rejects.toThrow("another connection has prepared");
      expect(await shared.store.list()).toEqual([]);
      await other.close();
    });

    it("lets two processes make transactions of one area one after the other", async () => {
      const other = await shared.again();
      const count = (one: Numbers) =>
        one.sql.transaction("tasks", function* () {
          const rows = yield* one.sql.prepare("SELECT at FROM receipts").step.all();
          yield* one.sql.prepare("INSERT INTO receipts (approval, at, jws) VALUES ('', ?, '')").step.run(rows.length);
        });
      await Promise.all(Array.from({ length: 20 }, (_, at) => count(at % 2 === 0 ? shared.store : other.store)));
      expect(await shared.store.list()).toEqual(Array.from({ length: 20 }, (_, at) => at));
      await other.close();
    });
  });
}
