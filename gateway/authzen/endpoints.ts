import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import { type Evaluating, evaluation, evaluations, type Release } from "./evaluate.ts";
import type { AuthzenDeps, EnforcementPoint } from "./deps.ts";
import { readCancellation } from "./shapes.ts";
import { submit } from "./submit.ts";
import { findTask, statusOf, taskHandle, taskAnswer, type ServiceAnswer } from "./task.ts";

type Handler = (deps: AuthzenDeps, caller: EnforcementPoint, releases: Release[]) => Promise<ServiceAnswer>;

interface Endpoint {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

/** Everything under /access/v1 that needs to know who asks. */
const endpoints: readonly Endpoint[] = [
  { path: /^\/access\/v1\/evaluation$/, methods: { POST: asking(evaluation) } },
  { path: /^\/access\/v1\/evaluations$/, methods: { POST: asking(evaluations) } },
  { path: /^\/access\/v1\/requests$/, methods: { POST: submit } },
  { path: /^\/access\/v1\/requests\/[^/]+$/, methods: { GET: look } },
  { path: /^\/access\/v1\/requests\/[^/]+\/cancel$/, methods: { POST: cancel, DELETE: cancel } },
];

/** @throws Refusal route_unknown, method_refused */
export function handlerOf({ method, path }: EnforcementPoint["request"]): Handler {
  const endpoint = endpoints.find((one) => one.path.test(path));
  if (endpoint === undefined) throw new Refusal("route_unknown");
  const { methods } = endpoint;
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler === undefined)
    throw new Refusal("method_refused", { hint: `allowed: ${Object.keys(methods).join(", ")}` });
  return handler;
}

function asking(
  answer: (
    deps: AuthzenDeps,
    evaluating: Evaluating,
    document: EnforcementPoint["request"]["document"],
  ) => Promise<object>,
): Handler {
  return async function ask(deps, caller, releases) {
    const policy = deps.activePolicy();
    if (policy === null) throw new Refusal("policy_not_loaded");
    const body = await answer(deps, { caller, policy, releases }, caller.request.document);
    return { status: 200, body: body as JsonObject };
  };
}

/** The task's id, for an endpoint of it. */
function idIn({ request }: EnforcementPoint): string {
  return request.path.split("/")[4] ?? "";
}

async function look(deps: AuthzenDeps, caller: EnforcementPoint): Promise<ServiceAnswer> {
  return taskAnswer(deps, await findTask(deps, caller, idIn(caller)), 200);
}

/** "Cancellation": only while people are asked. */
async function cancel(deps: AuthzenDeps, caller: EnforcementPoint): Promise<ServiceAnswer> {
  const { document } = caller.request;
  const { reason, comment } = document === undefined ? {} : readCancellation(document);
  const approval = await findTask(deps, caller, idIn(caller));
  const why = [reason, comment].filter((one) => one !== undefined).join(": ");
  const note = `withdrawn by ${caller.pep.id}${why === "" ? "" : `: ${why}`}`;
  if (statusOf(approval) !== "pending" || !(await deps.holds.withdraw(approval.id, note)))
    throw new Refusal("arap_invalid_task_state");
  return { status: 200, body: { task: taskHandle(deps, await findTask(deps, caller, approval.id)) } };
}
