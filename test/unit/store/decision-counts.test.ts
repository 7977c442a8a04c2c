import type { JsonObject } from "../../../gateway/lib/json.ts";
import { decisionIndex } from "../../../gateway/store/decision-index.ts";

/** Decisions with every second number, as outcomes take numbers too. */
function indexOf(count: number, of: (n: number) => JsonObject) {
  const index = decisionIndex(":memory:");
  const lines = Array.from({ length: count }, (_, n) => ({
    ...{ kind: "decision", seq: n * 2 + 1, decision_id: `d_${n}`, timestamp: `2026-11-2${n % 2}T13:00:00.000Z` },
    ...{ result: { effect: n % 3 === 0 ? "deny" : "allow", reasons: [] } },
    ...of(n),
  }));
  return index.add("one", { bytes: 1, file: "f" }, lines).then(() => index);
}

test("counts over many slices what a search finds on all pages", async () => {
  const index = await indexOf(12_001, (n) => ({ tool: n % 4 === 0 ? "crm/find" : "mail/send" }));
  expect(await index.count({}, [])).toEqual({ by: [], groups: [], total: 12_001, left_out: 0 });
  expect(await index.count({ tool: "crm/find" }, ["day", "effect"])).toEqual({
    ...{ by: ["day", "effect"], total: 3_001, left_out: 0 },
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
