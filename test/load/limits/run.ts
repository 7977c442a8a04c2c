import { writeFile } from "node:fs/promises";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import type { ConfiguredLimit } from "../../../gateway/domain/limit.ts";
import type { CallLimits, LimitsTaken } from "../../../gateway/domain/ports.ts";
import { evaluated, subject, toolCall } from "../../support/builders.ts";
import { testLimits } from "../../support/limits.ts";
import { machineFacts } from "../machine/facts.ts";
import type { BenchOptions } from "../options.ts";
import { spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { cpuUs } from "./cpu-time.ts";
import { riskRows } from "./risk.ts";
import type { Row } from "./row.ts";
import { taskCheckUs } from "./tasks.ts";

const wide = 1e9;
const perMs = 60_000;
const rates: readonly Partial<ConfiguredLimit>[] = [
  { name: "a", by: ["subject"], measure: { kind: "rate", max: wide, perMs, burst: null } },
  { name: "b", by: ["person", "tool"], measure: { kind: "rate", max: wide, perMs, burst: 1e6 } },
  { name: "c", by: ["route"], measure: { kind: "concurrent", max: wide } },
];
const loop: Partial<ConfiguredLimit> = { name: "d", by: ["session"], measure: { kind: "loop", max: wide, perMs } };
const fuse = {
  name: "e",
  routes: [],
  failures: 0.5,
  calls: 20,
  withinMs: 30_000,
  openMs: 15_000,
  statuses: new Set([503]),
};

/** What limits, tasks and risk add to a call: taken before it is sent, ended when it has ended; looked for and remembered. */
export async function benchLimits({ rounds, out }: BenchOptions): Promise<boolean> {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const rows: Row[] = [
    ...riskRows(rounds),
    measure("three limits", 2, testLimits(rates, { clock }).calls, rounds),
    measure("three limits and a breaker", null, testLimits(rates, { clock, breakers: [fuse] }).calls, rounds),
    measure("a loop, arguments of 50 bytes", null, testLimits([loop], { clock }).calls, rounds),
    measure("none that is about the call", null, testLimits([{ ...loop, routes: ["other"] }], { clock }).calls, rounds),
    { what: "a task, 64 calls at once", goal_us: 10, us: await taskCheckUs(64, rounds) },
    { what: "a task, 16 calls at once", goal_us: null, us: await taskCheckUs(16, rounds) },
    { what: "a task, one call after the other", goal_us: null, us: await taskCheckUs(1, rounds) },
  ];
  const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, rows };
  if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
  process.stdout.write(`${render(rows)}\n`);
  return rows.every(({ goal_us, us }) => goal_us === null || us.median <= goal_us);
}

const sent = outcome({ kind: "forwarded", upstreamStatus: 200, forwardedDigest: "sha256:1" });
const callers = 100;

/** A hundred callers in turn, each call an object of its own, as they come from the wire. */
function measure(what: string, goal_us: number | null, limits: CallLimits, rounds: number): Row {
  const who = Array.from({ length: callers }, (_, at) => subject({ id: `agent-${at}` }));
  const base = evaluated();
  let at = 0;
  const work = (): void => {
    const call: EvaluatedCall = { ...base, call: toolCallOf(at), subject: who[at++ % callers] ?? base.subject };
    (limits.take(call) as LimitsTaken | null)?.ended(sent);
  };
  const times = Array.from({ length: rounds }, () => cpuUs(work) - bareUs(who, base));
  return { what, goal_us, us: spread(times, 2) };
}

const shared = toolCall();

function toolCallOf(at: number): EvaluatedCall["call"] {
  return { ...shared, arguments: { amount: at % 50, order_id: "881" } };
}

/** Making the calls themselves is no part of the cost. */
function bareUs(who: readonly EvaluatedCall["subject"][], base: EvaluatedCall): number {
  let at = 0;
  let kept: EvaluatedCall | null = null;
  const work = (): void => {
    kept = { ...base, call: toolCallOf(at), subject: who[at++ % callers] ?? base.subject };
  };
  const us = cpuUs(work);
  if (kept === null) throw new Error("nothing was made");
  return us;
}

function render(rows: readonly Row[]): string {
  const cells = rows.map(({ what, goal_us, us }) => [
    what,
    `${us.median.toFixed(2)} [${us.min.toFixed(2)}–${us.max.toFixed(2)}]`,
    goal_us === null ? "" : `≤ ${goal_us}`,
  ]);
  return textTable(["limits, tasks and risk", "CPU µs a call", "goal"], cells);
}
