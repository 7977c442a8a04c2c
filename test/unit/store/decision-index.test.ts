import { decisionIndex } from "../../../gateway/store/decision-index.ts";

test("finds the calls that were made for a person", () => {
  const index = decisionIndex(":memory:");
  const line = (seq: number, acting_for: string | null) => ({
    ...{ kind: "decision", seq, decision_id: `d_${seq}`, timestamp: "2026-11-25T13:00:00.000Z", acting_for },
    result: { effect: "allow", reasons: [] },
  });
  index.add("s", { bytes: 1, file: "f" }, [line(1, "alice"), line(2, null), line(3, "bob"), line(4, "alice")]);
  const found = (actingFor: string) => index.search({ actingFor, limit: 9 }).rows.map(({ seq }) => seq);
  expect([found("alice"), found("bob"), found("carol")]).toEqual([[4, 1], [3], []]);
  index.close();
});
