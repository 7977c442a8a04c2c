import type { ConsoleSessionStore, KeptConsoleSession } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

function session(key: string, more: Partial<KeptConsoleSession> = {}): KeptConsoleSession {
  return { key, life: `life of ${key}`, account: "ann", began: 10, seen: 20, body: '{"csrf":"c"}', ...more };
}

/** What every memory of sessions at the console promises. */
export function describeConsoleSessions(make: () => Promise<Shared<ConsoleSessionStore>>): void {
  describe("a memory of sessions at the console", () => {
    let shared: Shared<ConsoleSessionStore>;
    let sessions: ConsoleSessionStore;
    beforeEach(async () => {
      shared = await make();
      sessions = shared.store;
    });
    afterEach(() => shared.close());

    it("has a session as it was added, by its key and by its life, at every process", async () => {
      await sessions.add(session("k"));
      const other = await shared.again();
      expect([await other.store.get("k"), await other.store.ofLife("life of k")]).toEqual([session("k"), session("k")]);
      expect([await sessions.get("none"), await sessions.ofLife("none")]).toEqual([null, null]);
      await other.close();
    });

    it("keeps one under its next key alone, for one of two who change it at once", async () => {
      await sessions.add(session("k"));
      const other = await shared.again();
      const next = (key: string) => session(key, { life: "life of k", body: `"${key}"` });
      const replaced = await Promise.all([sessions.replace("k", next("a")), other.store.replace("k", next("b"))]);
      expect(replaced.toSorted()).toEqual([false, true]);
      const winner = replaced[0] === true ? "a" : "b";
      expect((await sessions.ofLife("life of k"))?.key).toBe(winner);
      expect([await sessions.get("k"), (await sessions.get(winner))?.body]).toEqual([null, `"${winner}"`]);
      expect(await sessions.list(null)).toHaveLength(1);
      await other.close();
    });

    it("notes when a session was active last", async () => {
      await sessions.add(session("k"));
      await sessions.noteSeen("life of k", 30);
      await sessions.noteSeen("none", 30);
      expect(await sessions.get("k")).toEqual(session("k", { seen: 30 }));
    });

    it("lists those of one account or of all, in the order in which they began", async () => {
      for (const [key, began, account] of [
        ["late", 3, "ann"],
        ["early", 1, "ann"],
        ["of bob", 2, "bob"],
      ] as const)
        await sessions.add(session(key, { began, account }));
      const keys = async (account: string | null) => (await sessions.list(account)).map(({ key }) => key);
      expect([await keys("ann"), await keys(null), await keys("nobody")]).toEqual([
        ["early", "late"],
        ["early", "of bob", "late"],
        [],
      ]);
    });

    it("ends those of a key, of an account, and of lives, and says how many there were", async () => {
      for (const key of ["a", "b", "c", "d"])
        await sessions.add(session(key, { account: key === "d" ? "bob" : "ann" }));
      expect(await sessions.end({ key: "a" })).toBe(1);
      expect(await sessions.end({ key: "a" })).toBe(0);
      expect(await sessions.end({ lives: ["life of b", "none"] })).toBe(1);
      expect(await sessions.end({ account: "ann" })).toBe(1);
      expect((await sessions.list(null)).map(({ key }) => key)).toEqual(["d"]);
    });

    it("removes those without activity for too long, and those that are too old", async () => {
      await sessions.add(session("idle", { seen: 4, began: 9 }));
      await sessions.add(session("old", { seen: 9, began: 4 }));
      await sessions.add(session("on", { seen: 5, began: 5 }));
      await sessions.purge(5, 5);
      expect((await sessions.list(null)).map(({ key }) => key)).toEqual(["on"]);
    });
  });
}
