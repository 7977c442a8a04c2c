import { DigestTable, eventOf, flagsOf, grant } from "../../../../gateway/provenance/memory/digest-table.ts";
import { Events } from "../../../../gateway/provenance/memory/events.ts";
import { Fingerprints } from "../../../../gateway/provenance/memory/fingerprints.ts";
import { memoryBytes } from "../../../../gateway/provenance/memory/layout.ts";
import { SessionMemory } from "../../../../gateway/provenance/memory/session-memory.ts";
import { addShingles, hasShingle } from "../../../../gateway/provenance/memory/shingle-digests.ts";
import { mixedBits } from "../../../../gateway/provenance/text/digest.ts";

const mixed = (number: number) => mixedBits(number) >>> 0;
const digest = (number: number) => [mixed(number), mixed(number + 0x1000_0000)] as const;
const byNumber = (event: number) => event;

test("a table keeps flags, adds to them, and knows the event in which a digest was met last", () => {
  const table = new DigestTable({ hi: new Uint32Array(16), lo: new Uint32Array(16), meta: new Uint16Array(16) });
  table.add(...digest(1), grant.trusted, 3, byNumber);
  table.add(...digest(1), grant.approved, 5, byNumber);
  const meta = table.metaOf(...digest(1));
  expect([flagsOf(meta), eventOf(meta), table.count]).toEqual([grant.trusted | grant.approved, 5, 1]);
  expect(table.metaOf(...digest(2))).toBe(0);
  table.forgetEvent(5);
  expect(eventOf(table.metaOf(...digest(1)))).toBe(0);
});

test("a full table drops the quarter that was met longest ago, and what people said last", () => {
  const table = new DigestTable({ hi: new Uint32Array(100), lo: new Uint32Array(100), meta: new Uint16Array(100) });
  table.add(...digest(1_000), grant.approved, 1, byNumber);
  const lost = Array.from({ length: 120 }, (_, at) => table.add(...digest(at), grant.trusted, at + 1, byNumber));
  expect(lost.slice(0, 84)).toEqual(Array(84).fill(false));
  expect(lost[84]).toBe(true);
  const known = [0, 10, 100, 119, 1_000].map((number) => table.metaOf(...digest(number)) !== 0);
  expect(known).toEqual([false, false, true, true, true]);
  expect(table.count).toBeLessThanOrEqual(85);
});

test("a table that drops again and again in one event keeps what is left apart, so that searches are short", () => {
  const meta = new Uint16Array(736);
  const table = new DigestTable({ hi: new Uint32Array(736), lo: new Uint32Array(736), meta });
  for (let number = 0; number < 8_000; number += 1) table.add(...digest(number), grant.trusted, 1, byNumber);
  expect(table.count).toBeGreaterThan(400);
  const runs = Array.from(meta, (one) => (one === 0 ? " " : "x"))
    .join("")
    .split(" ");
  expect(Math.max(...runs.map(({ length }) => length))).toBeLessThan(250);
});

test("fingerprints never deny what is in them, hardly ever claim what is not, and say when one had to go", () => {
  const prints = new Fingerprints(new Uint16Array(960), new Uint8Array(960));
  const lost = Array.from({ length: 480 }, (_, at) => prints.add(...digest(at), (at % 100) + 1, byNumber));
  expect(lost.filter(Boolean)).toEqual([]);
  for (let at = 0; at < 480; at += 1) expect(prints.eventOf(...digest(at))).not.toBeNull();
  const wrong = Array.from({ length: 10_000 }, (_, at) => prints.has(...digest(at + 5_000))).filter(Boolean);
  expect(wrong.length).toBeLessThan(20);
  const more = Array.from({ length: 800 }, (_, at) => prints.add(...digest(at + 20_000), 127, byNumber));
  expect(more.some(Boolean)).toBe(true);
});

test("events tell the last calls apart, and forget the first of them", () => {
  const columns = { times: new Uint32Array(128), tools: new Uint8Array(128), names: new Uint8Array(300) };
  const events = new Events(columns, 0);
  const forgotten: number[] = [];
  const begin = (tool: string, second: number) => events.begin(tool, second, (event) => forgotten.push(event));
  const first = begin("a/b", 10);
  expect([begin("a/b", 10), begin("a/b", 11)]).toEqual([first, first + 1]);
  expect([events.toolOf(first), events.timeOf(first), events.toolOf(0), events.timeOf(0)]).toEqual([
    "a/b",
    10,
    null,
    null,
  ]);
  expect(events.age(first)).toBeLessThan(events.age(first + 1));
  for (let at = 0; at < 130; at += 1) begin(`a/b${at % 3}`, 100 + at);
  expect(forgotten.slice(0, 3)).toEqual([1, 2, 3]);
  expect(events.age(events.current)).toBeGreaterThan(events.age(events.current === 127 ? 1 : events.current + 1));
});

test("events know which tools a call was sent to, as far as there is room for their names", () => {
  const columns = { times: new Uint32Array(128), tools: new Uint8Array(128), names: new Uint8Array(300) };
  const events = new Events(columns, 0);
  events.begin("a/read", 1, () => undefined);
  events.begin("a/send", 2, () => undefined);
  events.noteSent("a/send");
  const long = "x".repeat(290);
  events.noteSent(long);
  const again = new Events(columns, events.current);
  for (const one of [events, again])
    expect(["a/send", "a/read", "a/none", long].map((tool) => one.wasSent(tool))).toEqual([true, false, false, false]);
  expect(again.toolOf(2)).toBe("a/send");
});

test("a memory is one block of 16 KiB that is restored as it was, by the same key alone", () => {
  const memory = SessionMemory.empty(77);
  const event = memory.begin("a/b", 10);
  memory.grant(...digest(1), grant.created, event);
  memory.noteUntrusted(...digest(2), event);
  memory.say(...digest(3));
  addShingles(memory.copied, Int32Array.from([9]), 1);
  memory.events.noteSent("a/b");
  memory.forget();
  expect(memory.bytes.length).toBe(memoryBytes);
  const restored = SessionMemory.restore(memory.bytes.slice(), 77)!;
  expect(flagsOf(restored.granted.metaOf(...digest(1)))).toBe(grant.created);
  expect(restored.untrusted.eventOf(...digest(2))).toBe(event);
  expect([restored.said.has(...digest(3)), restored.said.has(...digest(4))]).toEqual([true, false]);
  expect([hasShingle(restored.copied, 9), hasShingle(restored.own, 9)]).toEqual([true, false]);
  expect([restored.forgotten, restored.events.wasSent("a/b"), restored.granted.count]).toEqual([true, true, 1]);
  expect(restored.bytes).toEqual(memory.bytes);
  expect(SessionMemory.restore(memory.bytes, 78)).toBeNull();
  expect(SessionMemory.restore(new Uint8Array(10), 77)).toBeNull();
  expect(SessionMemory.restore(new Uint8Array(memoryBytes), 77)).toBeNull();
});

test("a memory says that it has forgotten when something had to go, and not before", () => {
  const memory = SessionMemory.empty(1);
  for (let at = 0; at < 500; at += 1) memory.grant(...digest(at), grant.trusted, memory.begin("a/b", at));
  expect(memory.forgotten).toBe(false);
  for (let at = 500; at < 800; at += 1) memory.grant(...digest(at), grant.trusted, memory.begin("a/b", at));
  expect(memory.forgotten).toBe(true);
});
