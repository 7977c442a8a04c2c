import { newContext } from "../../../../gateway/domain/exchange.ts";
import type { DecisionRecord } from "../../../../gateway/domain/decision-record.ts";
import { decisionLine, labelsText } from "../../../../gateway/record/decision/decision-line.ts";
import { RefusalRows } from "../../../../gateway/record/decision/refusal-rows.ts";
import { decision, evaluated, facts, subject, toolCall } from "../../../support/builders.ts";

const at = { now: Date.parse("2026-11-25T12:00:00.000Z"), monotonic: 1 };
/** More digits than a number of JavaScript has. */
const time = { ns: "1790000000000000001", weekday: "Tuesday", hour: 12, zone: "UTC" } as const;
const long = "x".repeat(200_000);
const denied = decision({ effect: "deny" });

const kept = { keep: "full", maxBytes: 1_000_000 } as const;

function lineOf(call: object, decided = decision(), inARow = 0, who = subject(), maskPointers: string[] = []): string {
  const made = evaluated({ call: toolCall(call), subject: who, facts: facts({ time }) });
  const request = { method: "POST", url: "/x", rawHeaders: [] };
  const context = { ...newContext({ decisionId: "d_1", request, startedAt: 0, route: made.call.route }), ...made };
  const options = { labels: labelsText("gw", "test"), maskPointers, arguments: kept };
  return decisionLine(context as never, decided, at, options, inARow);
}

const recordOf = (line: string): DecisionRecord => JSON.parse(`{"seq":1${line}}`) as DecisionRecord;

test.each<[string, string]>([
  ["its arguments", lineOf({ arguments: { note: long } }, denied)],
  [
    "many small arguments",
    lineOf({ arguments: Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`k${n}`, n])) }, denied),
  ],
  ["characters of several bytes", lineOf({ arguments: { note: "€".repeat(2_000) } }, denied)],
  ["the tool's name", lineOf({ name: long }, denied)],
  ["the claims of its token", lineOf({}, denied, 0, subject({ claims: { note: long } }))],
  [
    "its arguments beside a mask",
    lineOf({ arguments: { note: long, card: "4111" } }, denied, 0, subject(), ["/context/arguments/card"]),
  ],
])("keeps at most 4 KB of what a refused caller sent in %s, and names what is left out", (_what, line) => {
  // The record's own frame is less than 1.5 KB.
  expect(Buffer.byteLength(line)).toBeLessThan(4_096 + 1_536);
  const { erased, input } = recordOf(line);
  expect(erased.length).toBeGreaterThan(0);
  expect(input).not.toBeNull();
  expect(line).not.toContain("4111");
});

test("keeps a small input of a refused caller whole, and a large one of a caller whose call goes on", () => {
  expect(recordOf(lineOf({ arguments: { amount: 1 } }, denied)).input).toMatchObject({
    context: { arguments: { amount: 1 } },
  });
  expect(recordOf(lineOf({ arguments: { note: long } })).input).toMatchObject({
    context: { arguments: { note: long } },
  });
});

test.each<[string, string]>([
  [
    "with a mask",
    lineOf({ arguments: { note: 1, card: "4111" } }, decision(), 0, subject(), ["/context/arguments/card"]),
  ],
  ["of which the largest members are left out", lineOf({ arguments: { note: long } }, denied)],
])("keeps the digits of numbers in an input %s", (_what, line) => {
  expect(recordOf(line).erased.length).toBeGreaterThan(0);
  expect(line).toContain('"time":{"ns":1790000000000000001,');
});

test("tells two refused inputs apart that are cut to the same", () => {
  const digests = [long, `${long}y`].map((note) => recordOf(lineOf({ arguments: { note } }, denied)).input_digest);
  expect(new Set(digests).size).toBe(2);
});

test("counts a caller that is refused in a row instead of copying what it sends", () => {
  const rows = new RefusalRows();
  const lines = Array.from({ length: 50 }, () => {
    const inARow = rows.count("agent", true, 1_000);
    return lineOf({ arguments: { note: long } }, denied, inARow);
  });
  const records = lines.map(recordOf);
  expect(records.map(({ refused_in_a_row }) => refused_in_a_row ?? 1)).toEqual(records.map((_one, index) => index + 1));
  expect(records.filter(({ input }) => input !== null).length).toBe(10);
  expect(records.slice(10).every(({ erased }) => erased.includes("/input"))).toBe(true);
  expect(lines.reduce((sum, line) => sum + line.length, 0)).toBeLessThan(150_000);
});

test("begins anew after a call that went on, and after a minute without a refusal; callers do not count for each other", () => {
  const rows = new RefusalRows();
  expect([rows.count("a", true, 0), rows.count("a", true, 1), rows.count("b", true, 2)]).toEqual([1, 2, 1]);
  expect([rows.count("a", false, 3), rows.count("a", true, 4)]).toEqual([0, 1]);
  expect(rows.count("a", true, 60_005)).toBe(1);
});
