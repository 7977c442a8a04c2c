import { Counter, type Registry } from "prom-client";
import type { Change } from "../../domain/policy-change.ts";
import type { ShadowResult } from "../../domain/ports.ts";

/** `change`: of a decision that the candidate answers differently. */
export type CountShadow = (result: ShadowResult, change: Change | null) => void;

const results = Object.keys({
  same: 0,
  changed: 0,
  gateway: 0,
  unknown: 0,
  queue: 0,
  policy: 0,
  thread: 0,
} satisfies Record<ShadowResult, 0>);

/** What a candidate says of live calls. Kinds of changes are few: pairs of effects, and what differs beside them. */
export function shadowMetrics(registers: Registry[]): CountShadow {
  const decisions = new Counter({
    name: "sallyport_policy_shadow_decisions_total",
    help: "Decisions by what the candidate of policy.shadow made of them: same, changed; not compared: gateway, unknown; left out: queue, policy, thread.",
    labelNames: ["result"],
    registers,
  });
  const changes = new Counter({
    name: "sallyport_policy_shadow_changes_total",
    help: "Decisions that the candidate of policy.shadow answers differently, by the kind of change and whether it lets more through.",
    labelNames: ["kind", "widens"],
    registers,
  });
  for (const result of results) decisions.inc({ result }, 0);
  return function count(result, change) {
    decisions.inc({ result });
    if (change !== null) changes.inc({ kind: change.kind, widens: String(change.widens) });
  };
}
