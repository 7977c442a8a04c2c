import { StatementSync } from "node:sqlite";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { spanBetween } from "../../../gateway/store/decision-slices.ts";
import { decisionIndex } from "../../../gateway/store/decision-index.ts";

/** Decisions with every second number, as outcomes take numbers too. */
function indexOf(count: number, of: (n: number) => JsonObject) {
  const index = decisionIndex(":memory:");
  const lines = Array.from({ length: count }, (_, n) => ({
    kind: "decision",
    seq: n * 2 + 1,
    decision_id: `d_${n}`,
    timestamp: `2026-11-2${n % 2}T13:00:00.000Z`,
    result: { effect: n % 3 === 0 ? "deny" : "allow", reasons: [] },
    ...of(n),
  }));
  return index.add("one", { bytes: 1, file: "f" }, lines).then(() => index);
}

test("counts over many slices what a search finds on all pages", async () => {
  const index = await indexOf(12_001, (n) => ({ tool: n % 4 === 0 ? "crm/find" : "mail/send" }));
  expect(await index.count({}, [])).toEqual({ by: [], groups: [], total: 12_001, left_out: 0 });
  expect(await index.count({ tool: "crm/find" }, ["day", "effect"])).toEqual({
    by: ["day", "effect"],
    total: 3_001,
    left_out: 0,
    groups: [
      { values: ["2026-11-20", "allow"], decisions: 2_000 },
      { values: ["2026-11-20", "deny"], decisions: 1_001 },
    ],
  });
  const { items } = await index.records({ tool: "crm/find", limit: 20_000 });
  expect(items).toHaveLength(3_001);
  const numbers = [];
  for (let after: string | null | undefined; after !== null;) {
    const { rows, next } = await index.search({
      tool: "crm/find",
      limit: 700,
      ...(after === undefined ? {} : { after }),
    });
    numbers.push(...rows.map(({ seq }) => seq));
    after = next;
  }
  expect(numbers).toEqual(items.map(({ decision }) => decision["seq"]));
  index.close();
});

test("gives the thousand largest groups, and says how many decisions are in others", async () => {
  const index = await indexOf(11_500, (n) => ({ subject: n < 500 ? "often" : `bot-${n}` }));
  const { groups, total, left_out } = await index.count({}, ["subject"]);
  expect([groups.length, total, left_out]).toEqual([1_000, 11_500, 11_500 - 999 - (groups[0]?.decisions ?? 0)]);
  index.close();
});

test("counts nothing in an index without decisions", async () => {
  const index = await indexOf(0, () => ({}));
  expect(await index.count({}, ["tool"])).toEqual({ by: ["tool"], groups: [], total: 0, left_out: 0 });
  index.close();
});

/** A decision a second, in the order of the log. */
const second = (n: number): string => new Date(Date.UTC(2026, 10, 29) + n * 1_000).toISOString();

test.each<[string, (n: number) => string, number]>([
  ["clocks that go on", second, 1_000],
  ["a clock that was put back", (n) => second(n < 10 ? n + 11_500 : n), 1_010],
  ["a clock that stands still", (n) => second(n < 11_000 ? 0 : 20_000), 1_000],
])("counts the same since a time as a search finds: %s", async (_what, timestamp, expected) => {
  const index = await indexOf(12_000, (n) => ({ timestamp: timestamp(n) }));
  const query = { since: second(11_000) };
  expect((await index.count(query, [])).total).toBe(expected);
  expect((await index.records({ ...query, limit: 20_000 })).items).toHaveLength(expected);
  expect((await index.count({ since: second(99_999) }, [])).total).toBe(0);
  expect((await index.count({ since: second(-1) }, [])).total).toBe(12_000);
  index.close();
});

describe("counts between two times", () => {
  const { all: rows } = StatementSync.prototype;
  afterEach(() => (StatementSync.prototype.all = rows));

  it.each<[string, string, number[]]>([
    [second(3_000), second(3_500), [6_001, 7_001]],
    [second(3_500), second(3_000), []],
    [second(11_990), "2999-01-01T00:00:00.000Z", [23_981, 23_999]],
    [second(-5), second(0), [1, 1]],
  ])("what a search finds, and looks at no slice outside of them: %s to %s", async (since, until, numbers) => {
    const index = await indexOf(12_000, (n) => ({ timestamp: second(n) }));
    const { items } = await index.records({ since, until, limit: 20_000 });
    const looked: number[] = [];
    StatementSync.prototype.all = function seen(this: StatementSync, ...bound: Parameters<typeof rows>) {
      if (this.sourceSQL.includes("count(")) looked.push(Number(bound[0]) + 1, Number(bound[1]));
      return rows.apply(this, bound);
    } as typeof rows;
    expect((await index.count({ since, until }, [])).total).toBe(items.length);
    expect(looked).toEqual(numbers);
    index.close();
  });
});

const all = { above: 100, upTo: 100_000 };

test("looks through no slice of the log that is before the first time or behind the last", async () => {
  const asked: unknown[] = [];
  const slices = [
    { decisions: 9, lowest: 90_000, highest: 94_000, upTo: second(5) },
    { decisions: 9, lowest: 80_000, highest: 96_000, upTo: second(9) },
  ];
  const slice = (times: unknown) => {
    asked.push(times);
    return Promise.resolve(slices.shift() ?? null);
  };
  const to = second(20);
  const span = await spanBetween(all, { from: second(1), to }, slice);
  expect(span).toEqual({ above: 79_999, upTo: 96_000 });
  expect(asked).toEqual([second(1), `${second(5)} `, `${second(9)} `].map((from) => ({ from, to })));
  const none = await spanBetween(all, { from: second(1), to }, () => Promise.resolve(null));
  expect(none.above).toBeGreaterThanOrEqual(none.upTo);
});

test("ends at the last time, however many decisions come in meanwhile", async () => {
  let at = 0;
  const slice = () => Promise.resolve({ decisions: 9, lowest: 200, highest: 100_000 + at, upTo: second(++at) });
  expect(await spanBetween(all, { from: second(0), to: second(3) }, slice)).toEqual({ above: 199, upTo: 100_000 });
  expect(at).toBe(3);
});

test("a count of a log that goes on counts what was there when it was asked for", async () => {
  const index = await indexOf(12_000, (n) => ({ timestamp: second(n) }));
  let added = 12_000;
  expect(await index.isWhole()).toBe(true);
  const more = setInterval(() => {
    const n = added++;
    const line = {
      kind: "decision",
      seq: n * 2 + 1,
      decision_id: `d_${n}`,
      timestamp: second(n),
      result: { reasons: [] },
    };
    void index.add("one", { bytes: 1, file: "f" }, [line]);
  }, 0);
  try {
    expect((await index.count({ since: second(0) }, [])).total).toBe(12_000);
  } finally {
    clearInterval(more);
    index.close();
  }
});
