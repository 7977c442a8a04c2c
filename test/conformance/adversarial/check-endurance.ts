import { compileCases, type AdversarialCase } from "./cases.ts";
import type { Check, Say } from "./check.ts";
import type { Endured } from "./endure.ts";
import { answerOf, startProcess } from "./messages.ts";

const MOST_HELD_MB = 2;
const PATIENCE_MS = 900_000;

export interface Endurance {
  readonly count: number;
  readonly warmUp: number;
  /** Growth of the process; the system's allocator settles slowly when instances come and go. */
  readonly mostResidentMb: number;
}

/** The engine is right after every throw, and memory is as it was. */
export async function checkThrows(cases: readonly AdversarialCase[], endurance: Endurance, say: Say): Promise<Check> {
  const throwing = cases.filter(({ doubts = [] }) => doubts.includes("policy_conflict"));
  return endure("evaluations that throw leave a sound engine and no memory", throwing, endurance, say);
}

export function checkEvaluations(endurance: Endurance, say: Say): Promise<Check> {
  return endure("evaluations leave no memory", [], endurance, say);
}

async function endure(
  name: string,
  throwing: readonly AdversarialCase[],
  { count, warmUp, mostResidentMb }: Endurance,
  say: Say,
): Promise<Check> {
  const args = [String(count), String(warmUp), ...(throwing.length === 0 ? [] : ["0"])];
  const child = startProcess("./endure.ts", await compileCases(throwing), args);
  const endured = await answerOf<Endured>(child, PATIENCE_MS);
  if (endured === null) {
    child.kill("SIGKILL");
    say(`${name}: the process ended without an answer`);
    return { name, count, failures: 1 };
  }
  const { wrong, residentMb, heldMb } = endured;
  say(`${count} ${name}: ${wrong} wrong; ${residentMb.toFixed(1)} MB more resident, ${heldMb.toFixed(1)} MB more held`);
  return { name, count, failures: wrong + (residentMb < mostResidentMb && heldMb < MOST_HELD_MB ? 0 : 1) };
}
