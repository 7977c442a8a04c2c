import { Refusal } from "../../domain/errors.ts";
import { hasOpened, type LeaseChain, leaseView, mayUse, openingOf } from "../../domain/lease.ts";
import { assertNotRevoked, revocableOf } from "../../domain/revocation.ts";
import { type Subject, unnamedSession } from "../../domain/subject.ts";
import type { TaskCaller } from "../../identify/task-token/task-callers.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type TaskRequest, openerOf, type TaskEndpointDeps } from "./deps.ts";
import type { TaskStep } from "./endpoint.ts";

/**
 * POST /tasks: an orchestrator opens a task, or an agent a part of one that it may use, which can only be narrower.
 * @throws Refusal task_client, task_scope, task_invalid, task_wider, task_over, task_absent, access_revoked, gateway_stopped
 */
export async function open(deps: TaskEndpointDeps, { request, caller }: TaskRequest): Promise<TaskStep> {
  const { subject, route } = caller;
  const wanted = withinOwnTask(request.document, subject);
  const parent = isJsonObject(wanted) ? wanted["parent"] : undefined;
  const above = parent === undefined ? [] : await taskToNarrow(deps, parent, subject);
  if (parent === undefined) assertMayOpen(deps, caller);
  await deps.revocations.refresh();
  // Nobody gets around the suspension of a task, or the end of whom it serves, by a part of it.
  const assertStands = (serves: string | null): void => {
    const task = { id: null, within: above.map(({ lease: { id } }) => id), serves };
    assertNotRevoked(deps.revocations, revocableOf(subject, subject.session ?? unnamedSession(subject), task));
  };
  assertStands(above[0]?.lease.serves ?? null);
  const opener = openerOf(subject, route === null ? "client" : "agent");
  const lease = await deps.service.draft(wanted, opener, subject.issuer);
  assertStands(lease.serves);
  return {
    change: openingOf(lease),
    message: lease.parent === null ? "A task is opened." : "A part of a task is opened, which can only be narrower.",
    async act() {
      await deps.service.open(lease);
      const unused = { lease, use: { calls: 0, concurrent: 0, spent: new Map() } };
      const body = leaseView(unused, deps.clock.now()) as unknown as JsonObject;
      return { status: 201, headers: { Location: `/tasks/${lease.id}` }, body };
    },
  };
}

/** Who acts in a task can open parts of it alone, and need not name it. @throws Refusal task_absent */
function withinOwnTask(document: JsonValue | undefined, { task }: Subject): JsonValue | undefined {
  if (task === null || !isJsonObject(document)) return document;
  const { parent = task } = document;
  return { ...document, parent };
}

/** @throws Refusal task_client, task_scope */
function assertMayOpen({ openers }: TaskEndpointDeps, { subject, route }: TaskCaller): void {
  const { issuer, clientId, scopes } = subject;
  if (route !== null) throw new Refusal("task_client", { hint: "its token is for a route, and not for /tasks" });
  if (clientId === null || !openers.clients.has(clientId) || !openers.issuers.has(issuer))
    throw new Refusal("task_client", {
      hint: clientId === null ? "its token names no client" : "its client is not listed",
      detail: `client ${JSON.stringify(clientId)} of ${issuer}`,
    });
  if (!scopes.includes(openers.scope)) throw new Refusal("task_scope", { hint: openers.scope });
}

/** A part is for those who may use the task, or who opened it or one above. @throws Refusal task_absent */
async function taskToNarrow({ service }: TaskEndpointDeps, parent: JsonValue, subject: Subject): Promise<LeaseChain> {
  const chain = typeof parent === "string" ? await service.get(parent) : null;
  if (chain === null || !isWithin(chain, subject)) throw new Refusal("task_absent", { hint: "/parent" });
  if (!hasOpened(chain, subject) && !mayUse(chain[0].lease, subject))
    throw new Refusal("task_absent", { hint: "/parent" });
  return chain;
}

/** Who acts in a task gets no further than that one and its parts. */
function isWithin(chain: LeaseChain, { task }: Subject): boolean {
  return task === null || chain.some(({ lease }) => lease.id === task);
}
