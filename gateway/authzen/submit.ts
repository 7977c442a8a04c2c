import { stringItem } from "../lib/request-headers.ts";
import { type Approval, policyChange } from "../domain/approval.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import { outcome } from "../domain/decision-record.ts";
import type { AccessRequest } from "../domain/ports.ts";
import { verifyActors, verifyDenial } from "./binding.ts";
import { bodyDigest } from "./bound.ts";
import { judge, newRecord, type Verdict } from "./judge.ts";
import type { AuthzenRoom, Caller } from "./room.ts";
import { readSubmission, type Submission } from "./shapes.ts";
import type { DenialClaims } from "./statements.ts";
import { statusOf, tellTask, type Told } from "./task.ts";

/** Requests are remembered for so long, so that a late retry finds its task. */
const keptMs = 30 * 86_400_000;

/**
 * "Access Request Submission": asks people to lift a denial. The same request again, and another one for the same denial,
 * give the same task.
 * @throws Refusal with an arap_* code, authzen_request_invalid, policy_not_loaded, approval_flood
 */
export async function submit(room: AuthzenRoom, caller: Caller): Promise<Told> {
  const { pep, request } = caller;
  const { document } = request;
  if (typeof document === "object" && document !== null && "items" in document)
    throw new Refusal("authzen_request_invalid", { hint: "/items: send one request for each denial" });
  const submission = readSubmission(document);
  const body = bodyDigest(document as JsonValue);
  const idempotencyKey = keyOf(request.header("idempotency-key"));
  const earlier = idempotencyKey === null ? null : room.requests.byKey(pep, idempotencyKey);
  if (earlier !== null) return again(room, earlier, body);
  const claims = verifyDenial(room, submission, pep);
  const same = room.requests.byDenial(claims.jti);
  if (same !== null) return tellCreated(room, same.task);
  const callback = await callbackOf(room, submission);
  const approval = await ask(room, caller, submission, claims);
  const created = room.clock.now();
  const wanted: AccessRequest = {
    ...{ task: approval.id, idempotencyKey, body, callback, created },
    pep: { issuer: pep.issuer, id: pep.id },
    denial: claims.jti,
    evaluation: claims.evaluation_id,
  };
  room.requests.prune(created - keptMs);
  return room.requests.insert(wanted) ? tellCreated(room, approval.id) : afterRace(room, wanted);
}

function keyOf(header: string | null): string | null {
  if (header === null) return null;
  const key = stringItem(header);
  if (key !== null && key.length <= 256) return key;
  throw new Refusal("header_refused", { hint: "idempotency-key is not 1 to 256 visible ASCII characters" });
}

function again(room: AuthzenRoom, earlier: AccessRequest, body: string): Told {
  if (earlier.body !== body) throw new Refusal("arap_duplicate_request");
  return tellCreated(room, earlier.task);
}

/** Two at once: the second finds what the first has left. */
function afterRace(room: AuthzenRoom, wanted: AccessRequest): Told {
  const { pep, idempotencyKey, denial, body, task } = wanted;
  const first = idempotencyKey === null ? null : room.requests.byKey(pep, idempotencyKey);
  if (first !== null) return again(room, first, body);
  return tellCreated(room, room.requests.byDenial(denial)?.task ?? task);
}

function tellCreated(room: AuthzenRoom, task: string): Told {
  const approval = room.holds.get(task);
  if (approval === null) throw new Refusal("arap_unknown_task");
  const told = tellTask(room, approval, statusOf(approval) === "pending" ? 202 : 201);
  return { ...told, headers: { ...told.headers, Location: `${room.origin()}/access/v1/requests/${task}` } };
}

async function callbackOf(room: AuthzenRoom, { callback }: Submission): Promise<AccessRequest["callback"]> {
  if (callback === undefined) return null;
  await room.callbacks.vet(callback.endpoint);
  return { endpoint: callback.endpoint, state: callback.state ?? null, events: callback.events ?? [] };
}

/** Judged again, as it is now: what people are asked is what policy asks of them today. */
async function ask(room: AuthzenRoom, caller: Caller, submission: Submission, claims: DenialClaims): Promise<Approval> {
  const policy = room.activePolicy();
  if (policy === null) throw new Refusal("policy_not_loaded");
  const actors = verifyActors(submission, claims, caller.pep);
  const named = Object.entries(submission.context ?? {}).filter(([name]) =>
    claims.binding_context_members.includes(name),
  );
  const question = { ...submission, context: Object.fromEntries(named) };
  const record = newRecord(room, caller);
  const opened: (Approval | Refusal)[] = [];
  await judge(room, { question, policy, caller, record, actors }, (verdict) => {
    const item = openItem(room, verdict, submission, claims);
    opened.push(item);
    if (item instanceof Refusal) return outcome({ kind: "refused", status: item.status, code: item.code });
    return outcome({ kind: "held", status: 202, approvalId: item.id });
  });
  const [item] = opened;
  if (item === undefined || item instanceof Refusal) throw new Recorded(item ?? new Refusal("internal"));
  return item;
}

/** A refusal that the log has already. */
export class Recorded extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message, { cause: refusal });
    this.refusal = refusal;
  }
}

function openItem(
  room: AuthzenRoom,
  verdict: Verdict,
  submission: Submission,
  claims: DenialClaims,
): Approval | Refusal {
  const { evaluated, asked } = verdict;
  const { decision, facts, decisionId } = evaluated;
  const requirement = decision.approval;
  if (decision.effect !== "hold" || requirement === null)
    return new Refusal("arap_not_requestable", { hint: `the policy says ${decision.effect} now` });
  const binding = asked.binding({ ...facts, instance: facts.gateway.instance });
  try {
    const standing = standingFor(room, verdict, binding);
    const changes = standing === null ? [] : policyChange(standing.requirement, requirement);
    if (standing !== null && changes.length === 0) return standing;
    return room.holds.open({
      binding,
      requirement,
      reasons: decision.reasons,
      conditions: { labels: facts.session.labels, risk: facts.risk.score, revision: facts.policy.revision },
      context: cardContext(verdict, submission, claims),
      decisionId,
      idempotencyKey: null,
      replaces: facts.drift ?? (standing === null ? null : { id: standing.id, changes }),
    });
  } catch (thrown) {
    return asRefusal(thrown);
  }
}

/** An approval of this very question that was not used yet: nobody has to be asked again. */
function standingFor({ holds }: AuthzenRoom, { evaluated }: Verdict, binding: Approval["binding"]): Approval | null {
  if (evaluated.facts.drift !== null) return null;
  const found = holds.forCall(evaluated.subject, () => binding);
  return found?.kind === "approval" && found.approval.state === "approved" ? found.approval : null;
}

/** What the card shows beside the binding. Nothing here is judged, and what stands under `access_request` nobody has proven. */
function cardContext({ evaluated, asked }: Verdict, submission: Submission, claims: DenialClaims): JsonObject {
  const { subject, facts, call } = evaluated;
  const beside = Object.entries(submission.context ?? {}).filter(([name]) => !(name in asked.bound.context));
  return {
    agent: { id: subject.id, issuer: subject.issuer, client_id: subject.clientId, roles: subject.roles },
    acting_for: subject.actingFor === null ? null : { id: subject.actingFor.id },
    purpose: { text: facts.intent.purpose, declared_by: facts.intent.declared_by },
    stated_intent: call.statedIntent,
    task: null,
    session: { ...facts.session, history: facts.session.history.map((entry) => ({ ...entry })) },
    catalog: { ...facts.catalog },
    protocol: "authzen",
    enforcement_point: asked.asserted.pep,
    access_request: {
      evaluation_id: claims.evaluation_id,
      context: Object.fromEntries(beside),
      requested_access: submission.requested_access ?? null,
      client: submission.client ?? null,
    },
  };
}
