import { CallerMemory } from "../../../gateway/risk/caller-memory.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test("counts about the calls of the last time, and forgets them with it", () => {
  const memory = new CallerMemory();
  for (let n = 0; n < 30; n++) memory.called(minute * 10 + n * 1_000, minute);
  expect(memory.callsIn(minute * 10 + 30_000, minute)).toBe(30);
  expect(memory.callsIn(minute * 11 + 30_000, minute)).toBeGreaterThan(0);
  expect(memory.callsIn(minute * 12 + 1_000, minute)).toBe(0);
  memory.called(minute * 20, minute);
  expect(memory.callsIn(minute * 20, minute)).toBe(1);
});

test("is not confused by a wall clock that is set back", () => {
  const memory = new CallerMemory();
  for (let n = 0; n < 10; n++) memory.called(day + n, minute);
  for (let n = 0; n < 5; n++) memory.called(n, minute);
  expect(memory.callsIn(0, minute)).toBe(15);
});

test("lets denials fade", () => {
  const memory = new CallerMemory();
  for (let n = 0; n < 4; n++) memory.denied(0, 10 * minute);
  expect(memory.denialsAt(0, 10 * minute)).toBe(4);
  expect(memory.denialsAt(10 * minute, 10 * minute)).toBe(2);
  memory.denied(10 * minute, 10 * minute);
  expect(memory.denialsAt(10 * minute, 10 * minute)).toBe(3);
});

test("knows on how many days its caller called in an hour or beside it", () => {
  const memory = new CallerMemory();
  for (let n = 0; n < 5; n++) {
    memory.called(n * day + 23 * hour, null);
    memory.called(n * day + 23 * hour + minute, null);
  }
  expect([23, 22, 0, 3].map((at) => memory.daysOf(at))).toEqual([
    { all: 5, near: 5 },
    { all: 5, near: 5 },
    { all: 5, near: 5 },
    { all: 5, near: 0 },
  ]);
});

test("keeps the destinations that were used last, and no more than it has room for", () => {
  const memory = new CallerMemory();
  for (let n = 0; n < 64; n++) memory.learn(`d${n}`);
  memory.learn("d0");
  memory.learn("d64");
  expect([memory.knows("d0"), memory.knows("d1"), memory.knows("d64")]).toEqual([true, false, true]);
});

test("keeps the first purpose of a session, of the latest sessions", () => {
  const memory = new CallerMemory();
  memory.keepPurpose("s0", new Set(["refund"]));
  memory.keepPurpose("s0", new Set(["delete"]));
  expect(memory.purposeOf("s0")).toEqual(new Set(["refund"]));
  for (let n = 1; n <= 8; n++) memory.keepPurpose(`s${n}`, new Set());
  expect(memory.purposeOf("s0")).toBeUndefined();
});

test("keeps what was found last, unless more is left of what was found before", () => {
  const memory = new CallerMemory();
  const found = (strength: number, at: number) => ({ name: "burst", strength, evidence: "e", at }) as const;
  memory.keep(found(1, 0), minute);
  memory.keep(found(0.4, minute), minute);
  expect(memory.found("burst")).toEqual(found(1, 0));
  memory.keep(found(0.4, 2 * minute), minute);
  expect(memory.found("burst")).toEqual(found(0.4, 2 * minute));
});
