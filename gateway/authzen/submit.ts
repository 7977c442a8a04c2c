import { stringItem } from "../lib/request-headers.ts";
import { cardContext } from "../domain/approval/card-context.ts";
import { type Approval, policyChange } from "../domain/approval.ts";
import { outcome } from "../domain/decision-record.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { RequestContext } from "../domain/exchange.ts";
import type { AccessRequest } from "../domain/ports.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { JsonAnswer } from "../lib/json-answer.ts";
import { bodyDigest, verifyActors, verifyDenial } from "./bound.ts";
import type { AuthzenDeps, EnforcementPoint } from "./deps.ts";
import { basePath } from "./own-questions.ts";
import type { Verdict } from "./question-steps.ts";
import { readSubmission, type Submission } from "./shapes.ts";
import type { DenialClaims } from "./statements.ts";
import { statusOf, taskAnswer } from "./task.ts";

/** Requests are remembered for so long, so that a late retry finds its task. */
const keptMs = 30 * 86_400_000;

/**
 * "Access Request Submission": asks people to lift a denial. The same request again, and another one for the same denial,
 * give the same task.
 * @throws Refusal with an arap_* code, authzen_request_invalid, policy_not_loaded, approval_flood
 */
export async function submit(deps: AuthzenDeps, caller: EnforcementPoint): Promise<JsonAnswer> {
  const { pep, request } = caller;
  const { document } = request;
  if (typeof document === "object" && document !== null && "items" in document)
    throw new Refusal("authzen_request_invalid", { hint: "/items: send one request for each denial" });
  const submission = readSubmission(document);
  const body = bodyDigest(document as JsonValue);
  const idempotencyKey = keyOf(request.header("idempotency-key"));
  const earlier = idempotencyKey === null ? null : await deps.requests.byKey(pep, idempotencyKey);
  if (earlier !== null) return again(deps, caller, earlier, body);
  const claims = verifyDenial(deps, submission, pep);
  const same = await deps.requests.byDenial(claims.jti);
  if (same !== null) return tellCreated(deps, caller, same.task);
  const callback = await callbackOf(deps, caller, submission);
  const approval = await ask(deps, caller, submission, claims);
  const created = deps.clock.now();
  const wanted: AccessRequest = {
    task: approval.id,
    idempotencyKey,
    body,
    callback,
    created,
    pep: { issuer: pep.issuer, id: pep.id },
    denial: claims.jti,
    evaluation: claims.evaluation_id,
  };
  await deps.requests.prune(created - keptMs);
  return (await deps.requests.insert(wanted))
    ? tellCreated(deps, caller, approval.id)
    : afterRace(deps, caller, wanted);
}

/** @throws Refusal header_refused for what is neither a string of RFC 9651 nor a bare word */
function keyOf(header: string | null): string | null {
  if (header === null) return null;
  const key = stringItem(header);
  if (key !== null && key.length <= 256) return key;
  throw new Refusal("header_refused", {
    hint: "idempotency-key is not one quoted string (RFC 9651) of 1 to 256 characters",
  });
}

type Caller = Pick<EnforcementPoint, "isOwn">;

async function again(deps: AuthzenDeps, caller: Caller, earlier: AccessRequest, body: string): Promise<JsonAnswer> {
  if (earlier.body !== body) throw new Refusal("arap_duplicate_request");
  return tellCreated(deps, caller, earlier.task);
}

/** Two at once: the second finds what the first has left. */
async function afterRace(deps: AuthzenDeps, caller: Caller, wanted: AccessRequest): Promise<JsonAnswer> {
  const { pep, idempotencyKey, denial, body, task } = wanted;
  const first = idempotencyKey === null ? null : await deps.requests.byKey(pep, idempotencyKey);
  if (first !== null) return again(deps, caller, first, body);
  return tellCreated(deps, caller, (await deps.requests.byDenial(denial))?.task ?? task);
}

async function tellCreated(deps: AuthzenDeps, caller: Caller, task: string): Promise<JsonAnswer> {
  const approval = await deps.holds.get(task);
  if (approval === null) throw new Refusal("arap_unknown_task");
  const told = await taskAnswer(deps, caller, approval, statusOf(approval) === "pending" ? 202 : 201);
  return {
    ...told,
    headers: { ...told.headers, Location: `${deps.origin()}${basePath(caller.isOwn)}/requests/${task}` },
  };
}

async function callbackOf(
  deps: AuthzenDeps,
  { isOwn }: Caller,
  { callback }: Submission,
): Promise<AccessRequest["callback"]> {
  if (callback === undefined) return null;
  if (isOwn) throw new Refusal("arap_callback_refused", { hint: "the clients of agents look at the task themselves" });
  await deps.callbacks.vet(callback.endpoint);
  return { endpoint: callback.endpoint, state: callback.state ?? null, events: callback.events ?? [] };
}

/** Judged again, as it is now: what people are asked is what policy asks of them today. */
async function ask(
  deps: AuthzenDeps,
  caller: EnforcementPoint,
  submission: Submission,
  claims: DenialClaims,
): Promise<Approval> {
  const policy = deps.activePolicy();
  if (policy === null) throw new Refusal("policy_not_loaded");
  const named = Object.entries(submission.context ?? {}).filter(([name]) =>
    claims.binding_context_members.includes(name),
  );
  let opened: Approval | RecordedRefusal = new RecordedRefusal(new Refusal("internal"), caller.exchange.context);
  await deps.ask({
    read: () => ({ ...submission, context: Object.fromEntries(named) }),
    caller,
    policy,
    actors: verifyActors(submission, claims, caller.pep),
    async answer(verdict, context) {
      const item = await openItem(deps, verdict, submission, claims);
      if (item instanceof Refusal) {
        opened = new RecordedRefusal(item, context);
        return outcome({ kind: "refused", status: item.status, code: item.code });
      }
      opened = item;
      return outcome({ kind: "held", status: 202, approvalId: item.id });
    },
    refuse(refusal, context) {
      opened = new RecordedRefusal(refusal, context);
      return outcome({ kind: "refused", status: refusal.status, code: refusal.code });
    },
  });
  // Assigned in the callbacks, which the compiler does not follow.
  const result = opened as Approval | RecordedRefusal;
  if (result instanceof RecordedRefusal) throw result;
  return result;
}

/** A refusal that the log has already, and the record's context. */
export class RecordedRefusal extends Error {
  readonly refusal: Refusal;
  readonly context: RequestContext;

  constructor(refusal: Refusal, context: RequestContext) {
    super(refusal.message, { cause: refusal });
    this.refusal = refusal;
    this.context = context;
  }
}

async function openItem(
  deps: AuthzenDeps,
  verdict: Verdict,
  submission: Submission,
  claims: DenialClaims,
): Promise<Approval | Refusal> {
  const { evaluated, question } = verdict;
  const { decision, facts, decisionId } = evaluated;
  const requirement = decision.approval;
  if (decision.effect !== "hold" || requirement === null)
    return new Refusal("arap_not_requestable", { hint: `the policy says ${decision.effect} now` });
  const binding = question.binding({ ...facts, environment: facts.gateway.environment });
  try {
    const standing = await standingFor(deps, verdict, binding);
    const changes = standing === null ? [] : policyChange(standing.requirement, requirement);
    if (standing !== null && changes.length === 0) return standing;
    return await deps.holds.open({
      binding,
      requirement,
      reasons: decision.reasons,
      conditions: { labels: facts.session.labels, risk: facts.risk.score, revision: facts.policy.revision },
      context: requestContext(verdict, submission, claims),
      decisionId,
      idempotencyKey: null,
      replaces: facts.drift ?? (standing === null ? null : { id: standing.id, changes }),
    });
  } catch (thrown) {
    return asRefusal(thrown);
  }
}

/** An approval of this very question that was not used yet: nobody has to be asked again. */
async function standingFor(
  { holds }: AuthzenDeps,
  { evaluated }: Verdict,
  binding: Approval["binding"],
): Promise<Approval | null> {
  if (evaluated.facts.drift !== null) return null;
  const found = await holds.forCall(evaluated.subject, () => binding);
  return found?.kind === "approval" && found.approval.state === "approved" ? found.approval : null;
}

/** What stands under `access_request` nobody has proven. */
function requestContext({ evaluated, question }: Verdict, submission: Submission, claims: DenialClaims): JsonObject {
  const beside = Object.entries(submission.context ?? {}).filter(([name]) => !(name in question.bound.context));
  return {
    ...cardContext(evaluated),
    protocol: "authzen",
    enforcement_point: question.asserted.pep,
    access_request: {
      evaluation_id: claims.evaluation_id,
      context: Object.fromEntries(beside),
      requested_access: submission.requested_access ?? null,
      client: submission.client ?? null,
    },
  };
}
