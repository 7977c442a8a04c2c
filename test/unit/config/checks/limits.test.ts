import { checkLimits } from "../../../../gateway/config/checks/limits.ts";
import { found, route, type Values } from "./found.ts";

const rate = { max: 30, per: "1m" };
const of = (limit: Values): string[] =>
  found(checkLimits, { routes: [route()], limits: [{ name: "calls", by: "subject", ...limit }] });

test.each<[string, Values]>([
  ["a rate", { rate: { ...rate, burst: 5 } }],
  ["calls under way", { by: ["subject", "tool"], concurrent: 4 }],
  ["a budget", { spend: { unit: "EUR", max: "500.00", per: "1d" }, tools: ["pay/*"] }],
  ["a loop", { loop: { max: 5, per: "10m" }, routes: ["pay"] }],
  ["a breaker", { by: undefined, breaker: {} }],
])("finds nothing in %s", (_what, limit) => {
  expect(of(limit)).toEqual([]);
});

test.each<[string, Values, string]>([
  ["none of the kinds", {}, "limits.0 (value): needs one of rate, concurrent, spend, loop, breaker"],
  [
    "two kinds",
    { rate, concurrent: 4 },
    "limits.0.concurrent (key): a limit is of one kind, and this one has rate already",
  ],
  ["nobody to count for", { by: undefined, rate }, "limits.0.by (value): is required: for whom does it count?"],
  [
    "a breaker for a caller",
    { breaker: {} },
    "limits.0.by (key): a breaker is about a tool server, whoever calls what there; remove it",
  ],
  [
    "a route that is not there",
    { rate, routes: ["pays"] },
    "limits.0.routes.0 (value): no route has the id pays (did you mean pay?)",
  ],
  ["a burst above its rate", { rate: { ...rate, burst: 31 } }, "limits.0.rate.burst (value): must be at most max"],
])("refuses %s", (_what, limit, finding) => {
  expect(of(limit)).toContain(finding);
});
