import type { Approver } from "../../../gateway/domain/ports.ts";
import { approver } from "../approvals/test-approvals.ts";
import { lookAt } from "../approvals/look-at.ts";
import { undoable } from "./sample-cases.ts";
import type { RunningConsole } from "./start-console.ts";

/** `count` calls that `who` opens, looks at for so long, and then decides; the console's clock moves along. */
export async function voteMany(
  running: RunningConsole,
  count: number,
  given: { readonly who: string; readonly lookMs: number; readonly denyEvery?: number; readonly stepMs?: number },
): Promise<void> {
  const by: Approver = { ...approver, id: given.who, name: given.who };
  for (let n = 0; n < count; n += 1) {
    const id = `a_${given.who}_${n}`;
    await running.service.add(undoable(id, running.now(), `Tag order ${n}`));
    await lookAt(running.service, id, by, given.lookMs, (ms) => running.skip(ms));
    const deny = given.denyEvery !== undefined && n % given.denyEvery === 0;
    const vote = deny ? ("deny" as const) : ("approve" as const);
    await running.service.vote(id, (await running.service.get(id))?.action_digest ?? "", by, { vote, reason: "seen" });
    running.skip(given.stepMs ?? 0);
  }
}
