import { PolicyPrints, printedLines, withPrinted } from "../../../../gateway/bundles/active/policy-prints.ts";
import type { Printed } from "../../../../gateway/domain/ports.ts";

const lines = (count: number, left = 0): Printed => ({
  lines: Array.from({ length: count }, (_, at) => ({ at: `a.rego:${at + 1}`, text: `line ${at + 1}` })),
  left,
});

function room() {
  const logged: [string, string, Record<string, unknown> | undefined][] = [];
  const log = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void logged.push([level, message, fields]);
  const time = { now: 5_000 };
  const logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  const prints = new PolicyPrints("r1", { clock: { monotonic: () => time.now }, logger });
  return { logged, time, prints };
}

test("logs each line with its place, the entrypoint, the decision and the revision", () => {
  const { logged, prints } = room();
  prints.note("decision", lines(1), "d_1");
  prints.note("visible", { lines: [{ at: null, text: "x" }], left: 3 }, null);
  expect(logged).toEqual([
    ["info", "print", { at: "a.rego:1", text: "line 1", entrypoint: "decision", decision_id: "d_1", revision: "r1" }],
    ["info", "print", { text: "x", entrypoint: "visible", revision: "r1" }],
    [
      "warn",
      "an evaluation printed more than is logged of one",
      { left_out: 3, entrypoint: "visible", revision: "r1" },
    ],
  ]);
});

test("logs so many lines a second, tells at once that others are left out, and later how many", () => {
  const { logged, time, prints } = room();
  for (let call = 0; call < 8; call += 1) prints.note("decision", lines(20), `d_${call}`);
  expect(logged.filter(([level]) => level === "info")).toHaveLength(100);
  const told = "the policy prints more than 100 lines a second: the others are left out";
  expect(logged.filter(([level]) => level === "warn")).toEqual([["warn", told, { revision: "r1" }]]);
  time.now += 999;
  prints.note("decision", lines(1, 5), "d_8");
  expect(logged).toHaveLength(101);
  time.now += 1;
  prints.note("decision", lines(1), "d_9");
  expect(
    logged.slice(101).map(([, message, fields]) => [message, fields?.["left_out"] ?? fields?.["decision_id"]]),
  ).toEqual([
    ["lines that the policy printed were left out", 66],
    ["print", "d_9"],
  ]);
});

test("shows what was printed below what is wrong, and nothing where nothing is", () => {
  const printed = { lines: [...lines(1).lines, { at: null, text: "x" }], left: 2 };
  expect(printedLines(printed)).toEqual(["a.rego:1: line 1", "x", "… and 2 more"]);
  expect(withPrinted("wrong", lines(1))).toBe("wrong\n  printed a.rego:1: line 1");
  expect([withPrinted("wrong", null), withPrinted(null, printed)]).toEqual(["wrong", null]);
});
