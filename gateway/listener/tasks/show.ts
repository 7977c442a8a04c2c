import { Refusal } from "../../domain/errors.ts";
import { hasOpened, leaseView, type LeaseChain, mayUse } from "../../domain/lease.ts";
import type { Subject } from "../../domain/subject.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Asked, TaskAnswer, TaskEndpointDeps } from "./deps.ts";

/** GET /tasks/{id}, for whoever opened it or a task above, and whoever may use one of these. @throws Refusal task_absent */
export async function show({ service, clock }: TaskEndpointDeps, { id, caller }: Asked): Promise<TaskAnswer> {
  const chain = await service.get(id ?? "");
  if (chain === null || !maySee(chain, caller.subject)) throw new Refusal("task_absent");
  return { status: 200, body: leaseView(chain[0], clock.now()) as unknown as JsonObject };
}

/** Who acts in a task sees that one and its parts. */
export function maySee(chain: LeaseChain, subject: Subject): boolean {
  if (subject.task !== null && !chain.some(({ lease }) => lease.id === subject.task)) return false;
  return chain.some(({ lease }) => hasOpened(lease, subject) || mayUse(lease, subject));
}
