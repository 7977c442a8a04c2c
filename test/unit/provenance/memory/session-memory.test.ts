import { createHash } from "node:crypto";
import { Block, places } from "../../../../gateway/provenance/memory/block.ts";
import { DigestTable, eventOf, flagsOf, grant } from "../../../../gateway/provenance/memory/digest-table.ts";
import { Events } from "../../../../gateway/provenance/memory/events.ts";
import { Fingerprints } from "../../../../gateway/provenance/memory/fingerprints.ts";
import { layout, lengths, storedBytes } from "../../../../gateway/provenance/memory/layout.ts";
import { SessionMemory } from "../../../../gateway/provenance/memory/session-memory.ts";
import { readTools } from "../../../../gateway/provenance/memory/tool-names.ts";
import { addShingles, hasShingle } from "../../../../gateway/provenance/memory/shingle-digests.ts";
import { mixedBits } from "../../../../gateway/provenance/text/digest.ts";

const mixed = (number: number) => mixedBits(number) >>> 0;
const digest = (number: number) => [mixed(number), mixed(number + 0x1000_0000)] as const;
const byNumber = { age: (event: number) => event };

test("a table keeps flags, adds to them, and knows the event in which a digest was met last", () => {
  const table = new DigestTable(new Block());
  table.add(...digest(1), grant.trusted, 3, byNumber);
  table.add(...digest(1), grant.approved, 5, byNumber);
  const meta = table.metaOf(...digest(1));
  expect([flagsOf(meta), eventOf(meta), table.count]).toEqual([grant.trusted | grant.approved, 5, 1]);
  expect(table.metaOf(...digest(2))).toBe(0);
  table.forgetEvent(5);
  expect(eventOf(table.metaOf(...digest(1)))).toBe(0);
});

test("a full table drops the quarter that was met longest ago, and what people said last", () => {
  const table = new DigestTable(new Block());
  table.add(...digest(10_000), grant.approved, 1, byNumber);
  table.add(...digest(10_001), grant.created, 1, byNumber);
  const add = (at: number) => table.add(...digest(at), grant.trusted, Math.floor(at / 6) + 1, byNumber);
  const lost = Array.from({ length: 760 }, (_, at) => add(at));
  expect(lost.slice(0, 623)).toEqual(Array(623).fill(false));
  expect(lost[623]).toBe(true);
  const known = [0, 10, 100, 150, 170, 759, 10_000, 10_001].map((number) => table.metaOf(...digest(number)) !== 0);
  expect(known).toEqual([false, false, false, false, true, true, true, true]);
  expect(table.count).toBeLessThanOrEqual(625);
});

test("a table is as large as what is in it, and knows all of it while it grows", () => {
  const block = new Block();
  const [table, bytes] = [new DigestTable(block), new Set<number>()];
  for (let at = 0; at < 625; at += 1) {
    expect(table.add(...digest(at), grant.trusted, (at % 127) + 1, byNumber)).toBe(false);
    bytes.add(block.u8.length);
    if (at % 50 !== 0) continue;
    for (let known = 0; known <= at; known += 1)
      expect(eventOf(table.metaOf(...digest(known)))).toBe((known % 127) + 1);
    for (let other = 0; other < 200; other += 1) expect(table.metaOf(...digest(other + 50_000))).toBe(0);
  }
  expect(Math.min(...bytes)).toBeLessThan(9_000);
  expect(Math.max(...bytes)).toBeLessThan(14_600);
});

test("a table tells digests with one half alike apart, at its end and over it", () => {
  const table = new DigestTable(new Block());
  const all = [0xffff_ffff, 0xffff_fffe, 0xfff0_0000, 0].flatMap((lo) => [1, 2, 3].map((hi) => [hi, lo] as const));
  for (const [at, one] of all.entries()) table.add(...one, grant.trusted, at + 1, byNumber);
  expect(all.map((one) => eventOf(table.metaOf(...one)))).toEqual(all.map((_, at) => at + 1));
  expect([table.metaOf(4, 0xffff_ffff), table.metaOf(4, 0), table.metaOf(1, 1)]).toEqual([0, 0, 0]);
});

test("a table that drops again and again in one event keeps what is left apart, so that searches in the store are short", () => {
  const memory = SessionMemory.empty(1);
  for (let number = 0; number < 8_000; number += 1) memory.grant(...digest(number), grant.trusted, 1);
  expect(memory.granted.count).toBeGreaterThan(400);
  const runs = Array.from(layout(memory.stored).grantedMeta, (one) => (one === 0 ? " " : "x"))
    .join("")
    .split(" ");
  expect(Math.max(...runs.map(({ length }) => length))).toBeLessThan(250);
});

test("fingerprints never deny what is in them, hardly ever claim what is not, and say when one had to go", () => {
  const prints = new Fingerprints(new Block(), {
    prints: places.untrusted,
    length: lengths.untrusted,
    events: places.untrustedEvents,
    state: places.states,
  });
  const lost = Array.from({ length: 480 }, (_, at) => prints.add(...digest(at), (at % 100) + 1, byNumber));
  expect(lost.filter(Boolean)).toEqual([]);
  for (let at = 0; at < 480; at += 1) expect(prints.eventOf(...digest(at))).not.toBeNull();
  const wrong = Array.from({ length: 10_000 }, (_, at) => prints.has(...digest(at + 5_000))).filter(Boolean);
  expect(wrong.length).toBeLessThan(20);
  const more = Array.from({ length: 800 }, (_, at) => prints.add(...digest(at + 20_000), 127, byNumber));
  expect(more.some(Boolean)).toBe(true);
});

/** All of them belong into the same two buckets. */
const ofTwoBuckets = (number: number) => [0xf000_0000, number + 1] as const;

test("of two full buckets of fingerprints the one that was met longest ago goes, or came first where nobody asks when", () => {
  const block = new Block();
  const met = new Fingerprints(block, {
    prints: places.untrusted,
    length: lengths.untrusted,
    events: places.untrustedEvents,
    state: places.states,
  });
  const lost = Array.from({ length: 9 }, (_, at) => met.add(...ofTwoBuckets(at), at === 8 ? 20 : 10 - at, byNumber));
  expect(lost).toEqual([...Array<boolean>(8).fill(false), true]);
  expect(lost.map((_, at) => met.has(...ofTwoBuckets(at)))).toEqual([...Array<boolean>(7).fill(true), false, true]);
  met.add(...ofTwoBuckets(0), 20, byNumber);
  met.forgetEvent(20);
  expect([0, 8, 1].map((at) => met.eventOf(...ofTwoBuckets(at)))).toEqual([0, 0, 9]);
  const said = new Fingerprints(block, {
    prints: places.said,
    length: lengths.said,
    events: null,
    state: places.states + 1,
  });
  for (let at = 0; at < 16; at += 1) said.add(...ofTwoBuckets(at));
  const known = Array.from({ length: 16 }, (_, at) => said.has(...ofTwoBuckets(at)));
  expect(known).toEqual([...Array<boolean>(8).fill(false), ...Array<boolean>(8).fill(true)]);
});

test("a fingerprint whose bits are all 0 is told from an empty place", () => {
  const { copied } = SessionMemory.empty(1);
  expect(copied.has(0, 0)).toBe(false);
  copied.add(0, 0);
  expect([copied.has(0, 0), copied.isEmpty]).toEqual([true, false]);
});

test("of a long text runs of words at equal distances are kept", () => {
  const memory = SessionMemory.empty(1);
  const runs = Int32Array.from({ length: 3_840 }, (_, at) => mixedBits(at));
  addShingles(memory.copied, runs, runs.length);
  const kept = Array.from(runs, (run) => hasShingle(memory.copied, run));
  expect(kept.filter((_, at) => at % 10 === 0)).toEqual(Array(384).fill(true));
  expect(kept.filter(Boolean).length).toBeLessThan(390);
});

test("events tell the last calls apart, and forget the first of them", () => {
  const events = new Events(new Block());
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
  expect([events.said(first, 12_400).ago, events.said(first, 9_000).ago]).toEqual([2, 0]);
  for (let at = 0; at < 130; at += 1) begin(`a/b${at % 3}`, 100 + at);
  expect(forgotten.slice(0, 3)).toEqual([1, 2, 3]);
  expect(events.age(events.current)).toBeGreaterThan(events.age(events.current === 127 ? 1 : events.current + 1));
});

test("events know which tools a call was sent to, as far as there is room for their names", () => {
  const events = new Events(new Block());
  events.begin("a/read", 1, () => undefined);
  events.begin("a/send", 2, () => undefined);
  events.noteSent("a/send");
  const long = "x".repeat(290);
  events.noteSent(long);
  const again = new Events(new Block(), events.current, events.tools);
  for (const one of [events, again])
    expect(["a/send", "a/read", "a/none", long].map((tool) => one.wasSent(tool))).toEqual([true, false, false, false]);
  expect(again.tools).toEqual(events.tools);
});

test("events name 64 tools at most, and no tool by the name of another one", () => {
  const events = new Events(new Block());
  for (let at = 0; at < 70; at += 1) {
    const event = events.begin(`a/${at}`, at, () => undefined);
    expect([events.toolOf(event), events.noteMade(`a/${at}`)]).toEqual(at < 64 ? [`a/${at}`, true] : [null, false]);
  }
  expect([events.wasMade("a/63"), events.wasMade("a/64"), events.wasSent("a/0")]).toEqual([true, false, false]);
});

test("names of tools that were never written are not read", () => {
  expect(readTools(Uint8Array.of(2, 1, 0x61, 0x62, 2, 0, 0xff, 0xfe, 0, 0))).toEqual([{ name: "ab", notes: 1 }]);
  expect(readTools(Uint8Array.of(2, 1, 0x61, 0x62, 9, 0, 0x61))).toEqual([{ name: "ab", notes: 1 }]);
});

test("a memory is 16 KiB in the store and is restored as it was, by the same key alone", () => {
  const memory = SessionMemory.empty(77);
  const event = memory.begin("a/b", 10);
  memory.grant(...digest(1), grant.created, event);
  memory.noteUntrusted(...digest(2), event);
  memory.addCallDigest(...digest(3));
  addShingles(memory.copied, Int32Array.from([9]), 1);
  memory.events.noteSent("a/b");
  memory.forget();
  expect(memory.stored.length).toBe(storedBytes);
  const restored = SessionMemory.restore(memory.stored, 77)!;
  expect(flagsOf(restored.granted.metaOf(...digest(1)))).toBe(grant.created);
  expect(restored.untrusted.eventOf(...digest(2))).toBe(event);
  expect([restored.callDigests.has(...digest(3)), restored.callDigests.has(...digest(4))]).toEqual([true, false]);
  expect([hasShingle(restored.copied, 9), hasShingle(restored.own, 9)]).toEqual([true, false]);
  expect([restored.forgotten, restored.events.wasSent("a/b"), restored.granted.count]).toEqual([true, true, 1]);
  expect(restored.stored).toEqual(memory.stored);
  expect([
    restored.mayHaveUntrusted,
    SessionMemory.restore(SessionMemory.empty(77).stored, 77)?.mayHaveUntrusted,
  ]).toEqual([true, false]);
  for (const set of ["untrusted", "callDigests", "copied", "own"] as const)
    expect([set, restored[set].isEmpty]).toEqual([set, memory[set].isEmpty]);
  expect(SessionMemory.restore(memory.stored, 78)).toBeNull();
  const ofOtherLayout = memory.stored;
  new Uint32Array(ofOtherLayout.buffer)[0] = 0x5350_0002;
  const overfull = memory.stored;
  layout(overfull).grantedMeta.fill(1 << 7);
  for (const bytes of [new Uint8Array(10), memory.stored.subarray(0, 16_000), ofOtherLayout, overfull])
    expect(SessionMemory.restore(bytes, 77)).toBeNull();
  expect(SessionMemory.restore(new Uint8Array(storedBytes), 77)).toBeNull();
});

test("what is in the store has the bytes that gateways before and after read", () => {
  const memory = SessionMemory.empty(77);
  for (let at = 0; at < 20; at += 1) {
    const tool = `mail/tool-${at % 7}`;
    const event = memory.begin(tool, 1_000 + at, { identified: at % 3 === 0, thing: at % 5 });
    memory.grant(...digest(at), grant.trusted, event);
    memory.noteUntrusted(...digest(at + 100), event);
    memory.addCallDigest(...digest(at + 200));
    addShingles(memory.copied, Int32Array.from([at]), 1);
    addShingles(memory.own, Int32Array.from([at + 50]), 1);
    if (at % 2 === 0) memory.events.noteSent(tool);
    else memory.noteMade(tool);
  }
  // Another digest is another layout: it needs another `layoutVersion`, and sessions of before have forgotten.
  const expected = "a4982a10f5e7d17a589f35502cb1f50553398e70f4fe49c39cb61d4f2f4adfcd";
  expect(createHash("sha256").update(memory.stored).digest("hex")).toBe(expected);
});

test("a memory that is full is the same after it was in the store", () => {
  const memory = SessionMemory.empty(77);
  const event = memory.begin("a/b", 10);
  for (let at = 0; at < 625; at += 1) memory.grant(...digest(at), (at % 127) + 1, event);
  const restored = SessionMemory.restore(memory.stored, 77)!;
  expect([memory.granted.count, restored.granted.count]).toEqual([625, 625]);
  for (let at = 0; at < 625; at += 1)
    expect(restored.granted.metaOf(...digest(at))).toBe(memory.granted.metaOf(...digest(at)));
  expect(restored.granted.metaOf(...digest(1_000))).toBe(0);
});

test("a value of which the call is not known any more is that of no later call", () => {
  const memory = SessionMemory.empty(1);
  const first = memory.begin("bank/list", 1);
  memory.grant(...digest(1), grant.secret, first);
  memory.noteUntrusted(...digest(2), first);
  for (let at = 0; at < 127; at += 1) memory.begin("mail/read", 100 + at);
  expect([memory.events.toolOf(first), memory.events.current]).toEqual(["mail/read", first]);
  expect([eventOf(memory.granted.metaOf(...digest(1))), memory.untrusted.eventOf(...digest(2))]).toEqual([0, 0]);
});

test("of calls of one second all are identified, or none is, and they ask for one thing, or for none that is known", () => {
  const memory = SessionMemory.empty(1);
  const begin = (identified: boolean, thing: number, second = 1) => {
    const event = memory.begin("a/b", second, { identified, thing });
    return [memory.isIdentified(event), memory.thingOf(event)];
  };
  expect([begin(true, 7), begin(true, 7), begin(false, 8), begin(true, 7)]).toEqual([
    ...[
      [true, 7],
      [true, 7],
      [false, 0],
      [false, 0],
    ],
  ]);
  expect(begin(true, 7, 2)).toEqual([true, 7]);
});

test.each<[string, (memory: SessionMemory, at: number) => void]>([
  ["an untrusted value", (memory, at) => memory.noteUntrusted(...ofTwoBuckets(at), 1)],
  ["a value of a call", (memory, at) => memory.addCallDigest(...ofTwoBuckets(at))],
])("a memory says that it has forgotten when %s had to go, and not before", (_what, add) => {
  const memory = SessionMemory.empty(1);
  for (let at = 0; at < 8; at += 1) add(memory, at);
  expect(memory.forgotten).toBe(false);
  add(memory, 8);
  expect(memory.forgotten).toBe(true);
});

test("a memory says that it has forgotten when something had to go, and not before", () => {
  const memory = SessionMemory.empty(1);
  for (let at = 0; at < 500; at += 1) memory.grant(...digest(at), grant.trusted, memory.begin("a/b", at));
  expect(memory.forgotten).toBe(false);
  for (let at = 500; at < 800; at += 1) memory.grant(...digest(at), grant.trusted, memory.begin("a/b", at));
  expect(memory.forgotten).toBe(true);
});
