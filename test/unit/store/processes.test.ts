import { fileTimes, heartbeatTimes, patient, processStore } from "../../../gateway/store/processes.ts";
import { describeProcesses } from "../../support/store-contracts/processes.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

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
