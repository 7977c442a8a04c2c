import { SessionMemories } from "../../../../gateway/provenance/memory/session-memories.ts";
import type { ProvenanceStore } from "../../../../gateway/domain/ports.ts";
import { TestClock } from "../../../support/builders.ts";
import { memoryStore } from "../../../support/provenance.ts";

const key = JSON.stringify(["https://idp.example", "bot", "token", "s1"]);
const clock = new TestClock();

function open(store: ProvenanceStore, writer = "p_1", keyCheck = 5, capacity = 10): SessionMemories {
  return new SessionMemories({ store, writer, keyCheck, capacity, clock });
}

async function changes(memories: SessionMemories, value: number, of = key): Promise<void> {
  const kept = await memories.of(of);
  kept.memory.addCallDigest(value, value);
  await memories.changed(kept);
}

async function has(memories: SessionMemories, value: number, of = key): Promise<boolean> {
  return (await memories.of(of)).memory.callDigests.has(value, value);
}

async function forgotten(memories: SessionMemories): Promise<boolean> {
  return (await memories.of(key)).memory.forgotten;
}

test("are the same object for calls at the same time, and there again after a restart", async () => {
  const store = memoryStore();
  const memories = open(store);
  const [one, other] = await Promise.all([memories.of(key), memories.of(key)]);
  expect(one).toBe(other);
  await changes(memories, 7);
  await memories.keep(true);
  const next = open(store, "p_2");
  expect([await has(next, 7), await has(next, 8), await forgotten(next)]).toEqual([true, false, false]);
});

test("have forgotten when a process ended without having written them", async () => {
  const store = memoryStore();
  await changes(open(store), 7);
  const next = open(store, "p_2");
  expect([await has(next, 7), await forgotten(next)]).toEqual([false, true]);
  // And so it stays.
  await changes(next, 8);
  await next.keep(true);
  expect(await forgotten(open(store, "p_3"))).toBe(true);
});

test("have forgotten when they were written some time before a crash, though they are there", async () => {
  const store = memoryStore();
  const memories = open(store);
  await changes(memories, 7);
  await memories.keep();
  const next = open(store, "p_2");
  expect([await has(next, 7), await forgotten(next)]).toEqual([true, true]);
});

test("are complete once nothing changed for a minute, so that a later crash loses nothing", async () => {
  const store = memoryStore();
  const memories = open(store);
  await changes(memories, 7);
  await memories.keep();
  clock.advance(60_000);
  await memories.keep();
  expect(await forgotten(open(store, "p_2"))).toBe(false);
  await changes(memories, 8);
  expect(await forgotten(open(store, "p_3"))).toBe(true);
});

test("have forgotten at both processes that had them at the same time", async () => {
  const store = memoryStore();
  const [one, other] = [open(store), open(store, "p_2")];
  await Promise.all([one.of(key), other.of(key)]);
  await changes(one, 7);
  await changes(other, 8);
  expect(await forgotten(other)).toBe(true);
  await one.keep(true);
  await other.keep(true);
  expect(await forgotten(one)).toBe(true);
  expect([await has(one, 8), await has(one, 7)]).toEqual([true, false]);
});

test("have forgotten when their digests were made with another key, or their bytes are no memory", async () => {
  const store = memoryStore();
  const memories = open(store);
  await changes(memories, 7);
  await memories.keep(true);
  expect(await forgotten(open(store, "p_2", 6))).toBe(true);
  await store.claim([{ key, version: 1 }], "p_4", 1);
  await store.write([{ key, memory: Uint8Array.of(1, 2, 3), complete: true }], "p_4", 1);
  expect(await forgotten(open(store, "p_3"))).toBe(true);
});

test("that have no room in the process any more are written, and none of them is lost", async () => {
  const store = memoryStore();
  const memories = open(store, "p_1", 5, 2);
  const keys = Array.from({ length: 8 }, (_, at) => JSON.stringify(["i", `bot-${at}`, "token", "s"]));
  for (const [at, one] of keys.entries()) await changes(memories, at + 100, one);
  for (const [at, one] of keys.entries()) expect(await has(memories, at + 100, one)).toBe(true);
  await memories.keep();
  for (const [at, one] of keys.entries()) expect(await has(memories, at + 100, one)).toBe(true);
  await memories.keep(true);
  const next = open(store, "p_2");
  for (const [at, one] of keys.entries()) expect(await has(next, at + 100, one)).toBe(true);
});

test("are written again after a write that failed, and what changed meanwhile too", async () => {
  const store = memoryStore();
  let fails = true;
  const memories = open({
    ...store,
    write: (...all) => (fails ? Promise.reject(new Error("disk")) : store.write(...all)),
  });
  await changes(memories, 7);
  await expect(memories.keep(true)).rejects.toThrow("disk");
  await changes(memories, 8);
  fails = false;
  await memories.keep(true);
  const next = open(store, "p_2");
  expect([await has(next, 7), await has(next, 8), await forgotten(next)]).toEqual([true, true, false]);
});

test("that change while they are written as complete are claimed and written anew", async () => {
  const store = memoryStore();
  const memories = open(store);
  await changes(memories, 7);
  const writing = memories.keep(true);
  await changes(memories, 8);
  await writing;
  expect(await forgotten(open(store, "p_2"))).toBe(true);
  await memories.keep(true);
  const next = open(store, "p_3");
  expect([await has(next, 7), await has(next, 8), await forgotten(next)]).toEqual([true, true, false]);
});

const ofBot = (trust: string, id: string) => JSON.stringify(["https://idp.example", "bot", trust, id]);

test.each([
  ["trace", true],
  ["self", true],
  ["transport", true],
  ["token", false],
])("of one caller that a %s names push none out of memory that a token names: %s", async (trust, isHeld) => {
  const memories = open(memoryStore());
  await memories.of(key);
  for (const id of ["a", "b", "c"]) await memories.of(ofBot(trust, id));
  expect([memories.held(key) !== null, memories.held(ofBot(trust, "c")) !== null]).toEqual([isHeld, true]);
  expect(memories.held(ofBot(trust, "a"))).toBeNull();
});

test("that have no room any more are written as complete, and count as begun until then and after", async () => {
  const store = memoryStore();
  const memories = open(store);
  const other = ofBot("token", "s2");
  await memories.of(key);
  expect(memories.begun(key)).toBeNull();
  await changes(memories, 7);
  await changes(memories, 8, other);
  expect([memories.held(key), memories.begun(key) !== null, memories.begun(other) !== null]).toEqual([
    null,
    true,
    true,
  ]);
  await memories.keep();
  const next = open(store, "p_2");
  const [one, two] = [(await next.of(key)).memory, (await next.of(other)).memory];
  expect([one.forgotten, two.forgotten, next.begun(other) !== null]).toEqual([false, true, true]);
});

test("are written at most every two seconds, and all of them however many have changed", async () => {
  const store = memoryStore();
  const counts: number[] = [];
  const write: ProvenanceStore["write"] = (...all) => (counts.push(all[0].length), store.write(...all));
  const memories = open({ ...store, write }, "p_1", 5, 2_000);
  for (let at = 0; at < 130; at += 1) await changes(memories, 7, ofBot("token", `s-${at}`));
  await memories.keep();
  expect(counts.splice(0)).toEqual([128, 2]);
  await changes(memories, 8, ofBot("token", "s-0"));
  clock.advance(1_999);
  await memories.keep();
  expect(counts).toEqual([]);
  clock.advance(1);
  await memories.keep();
  expect(counts).toEqual([1]);
});

test("are written after a write that failed also where nothing has changed since", async () => {
  const store = memoryStore();
  let fails = true;
  const write: ProvenanceStore["write"] = (...all) => (fails ? Promise.reject(new Error("disk")) : store.write(...all));
  const memories = open({ ...store, write });
  await changes(memories, 7);
  await expect(memories.keep(true)).rejects.toThrow("disk");
  fails = false;
  await memories.keep(true);
  const next = open(store, "p_2");
  expect([await has(next, 7), await forgotten(next)]).toEqual([true, false]);
});
