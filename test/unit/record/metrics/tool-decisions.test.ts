import { Registry } from "prom-client";
import type { Effect } from "../../../../gateway/domain/decision.ts";
import { ToolDecisions } from "../../../../gateway/record/metrics/tool-decisions.ts";
import { decision, facts, toolCall } from "../../../support/builders.ts";
import { seriesOf } from "../../../support/prometheus/exposition.ts";

function counted(bounds?: ConstructorParameters<typeof ToolDecisions>[1]) {
  const registry = new Registry();
  const decisions = bounds === undefined ? new ToolDecisions([registry]) : new ToolDecisions([registry], bounds);
  return {
    count(name: string, rules: readonly string[], effect: Effect = "deny", known = true) {
      const reasons = rules.map((rule) => ({ code: "X", message: "m", rule, severity: "low" as const, controls: [] }));
      decisions.count(decision({ effect, reasons }), toolCall({ name, definition: known ? {} : null }), null);
    },
    countWithoutCall: () => decisions.count(decision({ effect: "deny", reasons: [] }), null, null),
    async told() {
      const series = seriesOf(await registry.metrics());
      return Object.fromEntries(
        series.map(({ labels, value }) => [`${labels["tool"]} ${labels["rule"]} ${labels["effect"]}`, value]),
      );
    },
  };
}

test("counts a decision for each of its rules, once, and goes on counting after it was read", async () => {
  const { count, told } = counted();
  count("create_refund", ["amounts/two_people", "time/window", "amounts/two_people"], "hold");
  count("create_refund", [], "allow");
  expect(await told()).toEqual({
    "payments/create_refund amounts/two_people hold": 1,
    "payments/create_refund time/window hold": 1,
    "payments/create_refund (none) allow": 1,
  });
  count("create_refund", ["time/window"], "hold");
  expect(await told()).toMatchObject({
    "payments/create_refund amounts/two_people hold": 1,
    "payments/create_refund time/window hold": 2,
  });
});

test("gives no label to what a caller made up, nor to what is no call of a tool", async () => {
  const { count, countWithoutCall, told } = counted();
  count("sk_live_secret", ["tools/known"], "deny", false);
  countWithoutCall();
  expect(await told()).toEqual({ "(other) tools/known deny": 1, "(other) (none) deny": 1 });
});

test("counts all that is beyond its bounds under one name, and loses none", async () => {
  const { count, told } = counted({ tools: 2, pairs: 3, rules: 2 });
  for (let tool = 0; tool < 4; tool += 1) for (let rule = 0; rule < 5; rule += 1) count(`t${tool}`, [`r/${rule}`]);
  const series = await told();
  expect(Object.keys(series)).toHaveLength(6);
  expect(series).toMatchObject({
    "payments/t0 r/0 deny": 1,
    "payments/t0 r/1 deny": 1,
    "payments/t0 r/2 deny": 1,
    "(other) r/3 deny": 4,
    "(other) r/4 deny": 4,
    "(other) (other) deny": 9,
  });
  expect(Object.values(series).reduce((sum, value) => sum + value, 0)).toBe(20);
});

test("gives no label to a name that is longer than a name", async () => {
  const { count, told } = counted();
  count("x".repeat(200), ["r".repeat(200)]);
  expect(await told()).toEqual({ "(other) (other) deny": 1 });
});

test("names a tool that its server has listed, and no other that has no definition", async () => {
  const registry = new Registry();
  const decisions = new ToolDecisions([registry]);
  const { definition, catalog } = facts();
  const counting = (name: string, digest: string | null) =>
    decisions.count(
      decision({ effect: "allow", reasons: [] }),
      toolCall({ name, definition: null }),
      facts({ catalog: { ...catalog, known: false }, definition: { ...definition, kind: "tool", name, digest } }),
    );
  counting("listed", "sha256:1");
  counting("made_up", null);
  const tools = seriesOf(await registry.metrics()).map(({ labels }) => labels["tool"]);
  expect(tools).toEqual(["payments/listed", "(other)"]);
});
