import { Refusal } from "../../domain/errors.ts";
import { closedView, hasOpened, maySee } from "../../domain/lease.ts";
import type { OwnRequest } from "../../domain/route.ts";
import { isJsonObject } from "../../lib/json.ts";
import { type TaskRequest, openerOf, type TaskEndpointDeps } from "./deps.ts";
import type { TaskStep } from "./endpoint.ts";

const maxReason = 1_000;

/**
 * POST /tasks/{id}/close, with a reason or without: ends the task and all below it, for whoever opened it or a task above.
 * @throws Refusal task_absent, task_not_opener, task_invalid
 */
export async function close({ service }: TaskEndpointDeps, { id, request, caller }: TaskRequest): Promise<TaskStep> {
  const { subject, route } = caller;
  const reason = reasonIn(request.document);
  const chain = await service.get(id ?? "");
  if (chain === null || !maySee(chain, subject)) throw new Refusal("task_absent");
  if (!hasOpened(chain, subject)) throw new Refusal("task_not_opener");
  const [{ lease }] = chain;
  return {
    change: {
      task: lease.id,
      change: "closed",
      by: openerOf(subject, route === null ? "client" : "agent"),
      reason,
    },
    message: "A task is closed.",
    async act() {
      return { status: 200, body: closedView(lease.id, await service.close(lease.id, subject.id, reason)) };
    },
  };
}

/** @throws Refusal task_invalid */
function reasonIn(document: OwnRequest["document"]): string {
  if (document === undefined) return "the work is done";
  const reason = isJsonObject(document) ? (document["reason"] ?? "the work is done") : null;
  if (typeof reason === "string" && reason.length <= maxReason && !/\p{C}/u.test(reason) && reason.trim() !== "")
    return reason;
  throw new Refusal("task_invalid", { hint: `/reason: must be one line of at most ${maxReason} characters` });
}
