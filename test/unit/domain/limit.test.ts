import { limitOf, parseWindow } from "../../../gateway/domain/limit.ts";
import { decimal } from "../../../gateway/lib/decimal.ts";

test.each([
  ["30s", 30_000],
  ["1m", 60_000],
  ["12h", 43_200_000],
  ["7d", 604_800_000],
  ["0s", null],
  ["1 fortnight", null],
  ["100000s", null],
])("reads the time %s", (text, ms) => {
  expect(parseWindow(text)).toBe(ms);
});

test("counts each caller's calls of a tool for the one word, and exactly what a list names", () => {
  const of = (key: "tool" | "task" | readonly "tool"[]) =>
    limitOf({ type: "limit", key, per: "1m", max: 1 }, decimal)?.by;
  expect([of("tool"), of(["tool"]), of("task")]).toEqual([["subject", "tool"], ["tool"], ["task"]]);
});

test("is none when its time or amount cannot be read", () => {
  expect(limitOf({ type: "limit", key: "subject", per: "soon", max: 1 }, decimal)).toBeNull();
  expect(limitOf({ type: "limit", kind: "spend", unit: "EUR", key: "all", per: "1d", max: "-1" }, decimal)).toBeNull();
});
