import type { Approval } from "../../../../gateway/domain/approval.ts";
import { quorumMet, usedUnsent } from "../../../../gateway/domain/approval.ts";
import { type House, settled } from "../world/house.ts";
import type { Known } from "./ledger.ts";

/** How the calls of one life stood when the killed process was back. */
export interface Found {
  readonly problems: readonly string[];
  /** Those whose outcome nobody knows, for good. */
  readonly unknown: readonly Known[];
  readonly caught: { readonly held: number; readonly approved: number; readonly released: number };
}

const approvedOrLater = new Set(["approved", "delivered", "unknown", "unsent"]);
const stands = new Set(["held", ...approvedOrLater]);

/** Compares what was told with what is stored and with what the tool server did. Nothing is under way meanwhile. */
export async function audit(house: House, lives: readonly Known[], reported: (id: string) => boolean): Promise<Found> {
  const problems: string[] = [];
  await settled(house).catch((late: Error) => problems.push(late.message));
  const { look, upstream } = house;
  const unknown: Known[] = [];
  const caught = { held: 0, approved: 0, released: 0 };
  await look(async (store, receipts) => {
    for (const known of lives) {
      const approval = known.id === null ? null : await store.get(known.id);
      const executions = upstream.count(known.item);
      problems.push(...wrong(known, approval, executions));
      if (approval === null) continue;
      const due = approval.state === "held" ? 0 : approval.state === "approved" ? 1 : 2;
      const kept = (await receipts.of(approval.id)).length;
      if (kept !== due) problems.push(`${known.item} is ${approval.state} and has ${kept} receipts`);
      if (approval.state === "held") caught.held++;
      if (approval.state === "approved") caught.approved++;
      if (approval.state !== "unknown") continue;
      caught.released++;
      unknown.push(known);
      if (!reported(approval.id)) problems.push(`nobody reported that the outcome of ${known.item} is unknown`);
    }
  });
  return { problems, unknown, caught };
}

/** What was used up and never sent is done with, as if it were unknown. */
function stateOf({ state, outcome }: Approval): string {
  return state === "failed" && outcome?.startsWith(usedUnsent) === true ? "unsent" : state;
}

function wrong(known: Known, approval: Approval | null, executions: number): string[] {
  const { item, id, approved, answered } = known;
  const found = approval === null ? "nowhere" : stateOf(approval);
  const problems: string[] = [];
  if (executions > 1) problems.push(`${item} was executed ${executions} times`);
  if (id !== null && !stands.has(found)) problems.push(`${item} was told to be held as ${id} and is ${found}`);
  if (approved && !approvedOrLater.has(found)) problems.push(`${item} was told to be approved and is ${found}`);
  if (answered && executions !== 1) problems.push(`${item} was answered and executed ${executions} times`);
  if (executions > 0 && found !== "delivered" && found !== "unknown")
    problems.push(`${item} was executed and is ${found}`);
  if (found === "delivered" && executions !== 1)
    problems.push(`${item} is delivered and was executed ${executions} times`);
  if (approval?.state === "held" && quorumMet(approval.requirement.require, approval.votes))
    problems.push(`${item} has all its votes and still waits`);
  return problems;
}
