import type { AddedCall } from "../../../../gateway/domain/ports.ts";
import { callTurn } from "../../../../gateway/store/call-turn.ts";
import type { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { callColumns, sharedCalls } from "../../../../gateway/store/postgres/session-calls.ts";
import { sessionStore } from "../../../../gateway/store/session-labels.ts";
import { eventually } from "../../../support/eventually.ts";
import { describeWithPostgres } from "../../../support/postgres/server.ts";
import { watchedStore } from "../../../support/postgres/watched-store.ts";

const hour = 3_600_000;
const called = (key: string, at: number, most = 3): AddedCall => ({
  key,
  decisionId: `d-${at}`,
  labels: [],
  outcome: null,
  most,
  idleMs: hour,
  call: { tool: "crm/find\u0000", effect: "allow", destinations: ["0a"], at },
});

test("a turn that changes no history has nothing to say of it", () => {
  expect(callColumns([{ labels: [{ key: "s1", labels: ["a"], since: 1 }] }, {}])).toBeNull();
});

describeWithPostgres("calls of sessions in PostgreSQL", () => {
  const connect = watchedStore();
  const historyOf = async (connection: PostgresConnection, key: string) =>
    (await callTurn(connection).read({ historyOf: key })).history;

  it("are one statement with the labels and claims of a turn, and one with all that calls read", async () => {
    const { connection, statements } = connect("p_1");
    const [{ read, write }, store] = [callTurn(connection), sessionStore(connection)];
    const keys = Array.from({ length: 64 }, (_, at) => `t${at}`);
    await Promise.all(
      keys.flatMap((key): Promise<unknown>[] => [
        store.calls!.add(called(key, 1)),
        store.addLabels([{ key, labels: ["a"], since: 1 }]),
        write({ claim: { key, version: 0, writer: "p_1", now: 1 } }),
      ]),
    );
    await Promise.all(
      keys.map((key) => store.calls!.update({ key, decisionId: "d-1", labels: ["a"], outcome: "forwarded" })),
    );
    const states = await Promise.all(keys.map((key) => read({ labelsOf: key, historyOf: key, memoryOf: key })));
    expect(statements).toEqual(["write", "write", "read"]);
    for (const { labels, memory, history } of states) {
      expect([labels.length, memory?.writer]).toEqual([1, "p_1"]);
      const {
        most: _most,
        idleMs: _idle,
        key: _key,
        ...stored
      } = { ...called("", 1), labels: ["a"], outcome: "forwarded" };
      expect(history).toEqual({ calls: 1, since: 1, last: 1, latest: [stored] });
    }
  });

  it("are kept as many as are asked for, in the order in which they came", async () => {
    const { connection } = connect("p_2");
    const { calls } = sessionStore(connection);
    for (let at = 1; at <= 6; at += 2)
      await Promise.all([calls!.add(called("many", at)), calls!.add(called("many", at + 1))]);
    const found = await historyOf(connection, "many");
    expect([found?.calls, found?.latest.slice(-3).map(({ decisionId }) => decisionId)]).toEqual([
      6,
      ["d-4", "d-5", "d-6"],
    ]);
    const rows = await connection.prepare("SELECT count(*) AS rows FROM session_calls WHERE key = 'many'").get();
    expect(Number(rows?.["rows"])).toBeLessThanOrEqual(4);
    await calls!.add(called("none", 1, 0));
    expect(await historyOf(connection, "none")).toMatchObject({ calls: 1 });
  });

  it("are dropped with their session when its latest is too old, and those of no other", async () => {
    const { connection } = connect("p_3");
    const { calls } = sessionStore(connection);
    await calls!.add(called("old", 1_000));
    await calls!.add(called("new", 2_000));
    await sharedCalls(connection, () => Promise.resolve()).drop(2_000);
    expect(await historyOf(connection, "old")).toBeNull();
    expect(await historyOf(connection, "new")).toMatchObject({ calls: 1 });
    const left = await connection.prepare("SELECT DISTINCT key FROM session_calls WHERE key IN ('old', 'new')").all();
    expect(left).toEqual([{ key: "new" }]);
  });

  it("are dropped of all sessions that have ended, however many are dropped at once", async () => {
    const { connection } = connect("p_7");
    const { calls } = sessionStore(connection);
    await calls!.drop(hour);
    await Promise.all(Array.from({ length: 7 }, (_, at) => calls!.add(called(`ended${at}`, hour))));
    await calls!.add(called("goes on", hour + 2));
    expect(await sharedCalls(connection, () => Promise.resolve(), 3).drop(hour + 1)).toBe(7);
    expect(await historyOf(connection, "goes on")).toMatchObject({ calls: 1 });
    expect(await sharedCalls(connection, () => Promise.resolve(), 3).drop(hour + 1)).toBe(0);
  });

  it("are locked in one order by what is told of them and by what drops them", async () => {
    const [{ connection }, other] = [connect("p_8"), connect("p_9").connection];
    const { calls } = sessionStore(connection);
    for (let at = 1; at <= 3; at++) await calls!.add(called("order", at));
    // They lie in the reverse order, as after many changes.
    for (const number of [3, 2, 1])
      await connection
        .prepare("UPDATE session_calls SET outcome = 'held' WHERE key = 'order' AND number = ?")
        .run(number);
    const lock = (number: number, how = "") =>
      other.prepare(`SELECT 1 FROM session_calls WHERE key = 'order' AND number = ${number} FOR UPDATE ${how}`).all();
    const waiting = other.prepare("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    const ended = (at: number) =>
      calls!.update({ key: "order", decisionId: `d-${at}`, labels: [], outcome: "forwarded" });
    for (const work of [() => Promise.all([ended(3), ended(2), ended(1)]), () => calls!.drop(4)]) {
      const { done, free } = await other.within(async () => {
        await lock(1);
        const under = work();
        await eventually("it waits", async () => ((await waiting.get()) === undefined ? null : true));
        return { done: under, free: [await lock(2, "SKIP LOCKED"), await lock(3, "SKIP LOCKED")] };
      });
      await done;
      expect(free.map((rows) => rows.length)).toEqual([1, 1]);
    }
    expect(await historyOf(connection, "order")).toBeNull();
  });

  it("are written by two gateways that end each other's oldest ones, and neither waits for the other in a circle", async () => {
    const stores = ["p_4", "p_5"].map((process) => sessionStore(connect(process).connection).calls!);
    const keys = Array.from({ length: 16 }, (_, at) => `busy${at}`);
    for (let round = 0; round < 20; round++)
      await Promise.all(
        stores.flatMap((calls, who) =>
          (who === 0 ? keys : keys.toReversed()).flatMap((key) => [
            calls.add(called(key, round * 2 + who)),
            calls.update({ key, decisionId: `d-${(round - 1) * 2 + who}`, labels: ["x"], outcome: "forwarded" }),
          ]),
        ),
      );
    const { connection } = connect("p_6");
    for (const key of keys) expect((await historyOf(connection, key))?.calls).toBe(40);
  });
});
