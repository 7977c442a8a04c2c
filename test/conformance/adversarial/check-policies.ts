import type { ChildProcess } from "node:child_process";
import type { CompiledRego } from "../../unit/decide/support/compile-rego.ts";
import type { AdversarialCase } from "./cases.ts";
import { type Check, type Say } from "./check.ts";
import type { Finding } from "./evaluate-cases.ts";
import { answerOf, startProcess } from "./messages.ts";

/** Beyond what the limit takes in the plainest loop. */
const GRACE_MS = 50;
const PATIENCE_MS = 60_000;
/** A policy that took too long is measured so many times more. */
const MORE_ROUNDS = 10;

/**
 * Each policy ends in a named doubt, in time, and leaves a sound engine. The least CPU time of `rounds` evaluations counts, of more
 * where that is too much: other work on the machine only adds to it.
 */
export async function checkPolicies(
  compiled: CompiledRego,
  cases: readonly AdversarialCase[],
  rounds: number,
  say: Say,
): Promise<Check> {
  let failures = 0;
  let worst = 0;
  let { child, limitMs } = await start(compiled);
  for (const [place, test] of cases.entries()) {
    let findings = await evaluate(child, place, rounds);
    if (findings !== null && least(findings) > limitMs + GRACE_MS) findings = await evaluate(child, place, MORE_ROUNDS);
    if (findings === null) ({ child, limitMs } = await restart(child, compiled));
    const wrong =
      findings === null ? `has not ended after ${PATIENCE_MS} ms` : judge(test, findings, limitMs + GRACE_MS);
    if (findings !== null) worst = Math.max(worst, least(findings));
    if (wrong === null) continue;
    failures += 1;
    say(`not stopped as it should be: ${test.name}: ${wrong}`);
  }
  child.kill();
  say(
    `${cases.length} policies; the limit is ${limitMs.toFixed(1)} ms of plain looping, the slowest took ${worst.toFixed(1)} ms`,
  );
  return { name: "adversarial policies end in a named deny in time", count: cases.length, failures };
}

async function start(compiled: CompiledRego): Promise<{ readonly child: ChildProcess; readonly limitMs: number }> {
  const child = startProcess("./evaluate-cases.ts", compiled);
  const ready = await answerOf<{ readonly limitMs: number }>(child, PATIENCE_MS);
  if (ready === null) throw new Error("the evaluating process did not start");
  return { child, limitMs: ready.limitMs };
}

function restart(child: ChildProcess, compiled: CompiledRego): ReturnType<typeof start> {
  child.kill("SIGKILL");
  return start(compiled);
}

/** Null when one did not end. */
async function evaluate(child: ChildProcess, place: number, rounds: number): Promise<Finding[] | null> {
  const findings: Finding[] = [];
  for (let round = 0; round < rounds; round += 1) {
    child.send({ place });
    const finding = await answerOf<Finding>(child, PATIENCE_MS);
    if (finding === null) return null;
    findings.push(finding);
  }
  return findings;
}

function judge(
  { doubts = ["policy_out_of_fuel"] }: AdversarialCase,
  findings: readonly Finding[],
  mostMs: number,
): string | null {
  for (const { effect, doubt, detail, sound } of findings) {
    if (effect !== "deny" || doubt === null || !doubts.includes(doubt))
      return `${effect}, ${doubt ?? "without a doubt"}${detail === null ? "" : `: ${detail.slice(0, 200)}`}`;
    if (!sound) return "the engine answers wrongly afterwards";
  }
  const cpuMs = least(findings);
  return cpuMs <= mostMs ? null : `${cpuMs.toFixed(1)} ms of CPU, ${mostMs.toFixed(1)} at most`;
}

function least(findings: readonly Finding[]): number {
  return Math.min(...findings.map(({ cpuMs }) => cpuMs));
}
