import { fileTimes, heartbeatTimes, patient, processStore } from "../../../gateway/store/processes.ts";
import { describeProcesses } from "../../support/store-contracts/processes.ts";
import type { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";
import { beatsAt } from "../../support/postgres/beats.ts";
import { describeWithPostgres } from "../../support/postgres/server.ts";
import { postgresStores } from "../../support/store-contracts/postgres.ts";
import type { Shared } from "../../support/store-contracts/shared.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";
import { eventually } from "../../support/eventually.ts";

const stores = sqliteStores(processStore);
describeProcesses(stores);

test("a process takes others for dead once it was heard of itself, without a gap, for as long as they were silent", async () => {
  const { store, close } = await stores();
  const own = patient(store, fileTimes);
  const beats = async (from: number, to: number): Promise<void> => {
    for (let at = from; at <= to; at += 1_000) await own.beat("own", at);
  };
  const others = async (now: number) => (await own.alive(now, 15_000)).filter((id) => id !== "own");
  await store.beat("other", 100_000);
  expect(await others(120_000)).toEqual(["other"]);
  await beats(120_000, 134_000);
  expect(await others(134_000)).toEqual(["other"]);
  await own.beat("own", 135_000);
  expect(await others(135_000)).toEqual([]);
  // After 20 seconds in which nobody could write, the other one has not come back yet.
  await store.beat("other", 135_500);
  expect(await others(155_000)).toEqual(["other"]);
  await beats(155_000, 169_000);
  expect(await others(169_000)).toEqual(["other"]);
  await own.beat("own", 170_000);
  expect(await others(170_000)).toEqual([]);
  await close();
});

test("a process with a heartbeat takes others for dead after eight seconds, and after none in which it was not heard of for more than two and a half", async () => {
  const { store, close } = await stores();
  const own = patient(store, heartbeatTimes);
  const others = async (now: number) => (await own.alive(now)).filter((id) => id !== "own");
  await store.beat("other", 100_000);
  for (let at = 100_000; at <= 108_000; at += 500) own.heard(at);
  expect([await others(108_000), await others(108_001)]).toEqual([["other"], []]);
  // One that was under way for long does not set the time back.
  await own.beat("own", 106_000);
  own.heard(110_500);
  expect(await others(110_500)).toEqual([]);
  own.heard(113_001);
  expect(await others(113_001)).toEqual(["other"]);
  await close();
});

describeWithPostgres("processes that share a database", () => {
  const connections = postgresStores()((connection) => connection);
  let shared: Shared<PostgresConnection>;
  let connection: PostgresConnection;
  beforeEach(async () => {
    shared = await connections();
    connection = shared.store;
  });
  afterEach(() => shared.close());

  const ask = async (text: string): Promise<unknown> => Object.values((await connection.prepare(text).get()) ?? {})[0];
  const timeOfDatabase = async () =>
    Number(await ask("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT"));
  const silentFor = (ms: number) => connection.prepare("UPDATE processes SET heard = heard - ?::bigint").run(ms);

  it("are heard of by the clock of the database, whatever their own clocks say", async () => {
    const processes = processStore(connection);
    const now = await timeOfDatabase();
    await processes.beat("p_1", now);
    // One that has waited for a connection.
    await processes.beat("p_1", now - 9_000);
    for (const own of [now - 3_600_000, now, now + 3_600_000])
      expect(await processes.alive(own, 8_000)).toEqual(["p_1"]);
    await silentFor(9_000);
    for (const own of [now - 3_600_000, now, now + 3_600_000]) expect(await processes.alive(own, 8_000)).toEqual([]);
    expect(await processes.alive(now)).toEqual(["p_1"]);
    await silentFor(-30_000);
    expect(await processes.alive(now)).toEqual([]);
    await processes.beat("p_1", now);
    expect(await processes.alive(now)).toEqual(["p_1"]);
    await processes.leave("p_1");
    expect(await processes.alive(now)).toEqual([]);
  });

  it("say with each beat what time the database has", async () => {
    const before = await timeOfDatabase();
    const said = await processStore(connection).beat("p_1", 0);
    expect([before <= said!, said! <= (await timeOfDatabase())]).toEqual([true, true]);
  });

  it("are heard of when a beat is written, and not when it began to wait for its row", async () => {
    const other = await shared.again();
    await processStore(connection).beat("p_1", 0);
    const beat = await other.store.within(async () => {
      await other.store.prepare("SELECT 1 FROM processes WHERE id = 'p_1' FOR UPDATE").all();
      const waiting = processStore(connection).beat("p_1", 0);
      const waits = other.store.prepare("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
      await eventually("the beat waits", async () => ((await waits.get()) === undefined ? null : true));
      return {
        waiting,
        since: Number(
          (
            await other.store.prepare("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT AS now").get()
          )?.["now"],
        ),
      };
    });
    await beat.waiting;
    expect(Number(await ask("SELECT heard FROM processes"))).toBeGreaterThanOrEqual(beat.since);
    await other.close();
  });

  it("are waited for each as long as its version needs, by one that has listened for as long itself", async () => {
    const [now, own] = [await timeOfDatabase(), patient(processStore(connection), heartbeatTimes)];
    await Promise.all([beatsAt(connection).beat("before", now), processStore(connection).beat("with a heart", now)]);
    const aliveAfter = async (silentMs: number, listenedMs: number) => {
      await silentFor(silentMs);
      const listening = patient(processStore(connection), heartbeatTimes);
      for (let at = now; at <= now + listenedMs; at += 500) listening.heard(at);
      const found = (await listening.alive(now + listenedMs)).toSorted();
      await silentFor(-silentMs);
      return found;
    };
    expect((await own.alive(now)).toSorted()).toEqual(["before", "with a heart"]);
    expect(await aliveAfter(10_000, 7_500)).toEqual(["before", "with a heart"]);
    expect(await aliveAfter(10_000, 15_000)).toEqual(["before"]);
    expect(await aliveAfter(20_000, 14_500)).toEqual(["before"]);
    expect(await aliveAfter(20_000, 15_000)).toEqual([]);
  });
});
