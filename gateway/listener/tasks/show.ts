import { Refusal } from "../../domain/errors.ts";
import { leaseView, maySee } from "../../domain/lease.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { TaskRequest, TaskEndpointDeps } from "./deps.ts";
import type { JsonAnswer } from "../../lib/json-answer.ts";

/** GET /tasks/{id}, for whoever opened it or a task above, and whoever may use one of these. @throws Refusal task_absent */
export async function show({ service, clock }: TaskEndpointDeps, { id, caller }: TaskRequest): Promise<JsonAnswer> {
  const chain = await service.get(id ?? "");
  if (chain === null || !maySee(chain, caller.subject)) throw new Refusal("task_absent");
  return { status: 200, body: leaseView(chain[0], clock.now()) as unknown as JsonObject };
}
