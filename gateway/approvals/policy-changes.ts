import { isDeepStrictEqual } from "node:util";
import { type ActionBinding, type Approval, stillAnswers, usedStates } from "../domain/approval.ts";
import type { Reason } from "../domain/decision.ts";
import { Refusal } from "../domain/errors.ts";
import type {
  ApprovalService,
  ApprovalStore,
  ApprovedChange,
  ChangeQuestion,
  Clock,
  Holds,
  HoldRequest,
  Ids,
  PolicyChange,
  PolicyChanges,
  Requester,
} from "../domain/ports.ts";
import type { ChangeApproval } from "../domain/settings.ts";
import type { JsonObject } from "../lib/json.ts";
import { isWhole } from "./digests.ts";

interface PolicyChangesDeps {
  readonly required: ChangeApproval;
  /** Name of the gateway; those that share a store have others. */
  readonly instance: string;
  readonly store: Pick<ApprovalStore, "list">;
  readonly holds: Pick<Holds, "open" | "consume" | "finish" | "withdraw">;
  readonly service: Pick<ApprovalService, "watch">;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** What such an item is about, in the place of a tool. */
const about = "sallyport/policy";
/** Items about the policy that are looked through, the newest first. */
const mostLookedAt = 100;

/**
 * Changes of the policy as approvals, decided by the same votes, receipts and clocks as held calls. What counts is the archive that was built
 * and the policy before it. The impact is in the digest that people vote on, so that nobody can change what they saw; it is not compared,
 * since it differs from gateway to gateway. One approval serves each gateway of the store once, until its time is up.
 */
export function policyChanges(deps: PolicyChangesDeps): PolicyChanges {
  const { holds, service, clock } = deps;
  const latest = (change: PolicyChange) => latestAbout(deps, change);
  return {
    async ask(change, by, reason) {
      const known = await latest(change);
      if (known !== null && stillAnswers(known, clock.now())) return answered(known);
      const opened = await holds.open(requestOf(deps, change, by, reason));
      return answered(opened);
    },
    async approved(change, isUsedHere) {
      const item = await latest(change);
      if (item === null) return null;
      if (item.state === "approved" && (await holds.consume(item.id))) {
        await holds.finish(item.id, "delivered", `the policy ${change.revision} may become active`);
        return approvedBy(item);
      }
      const isUsed = usedStates.has(item.state) && clock.now() < (item.execute_by ?? 0);
      return isUsed && !isUsedHere(item.id) ? approvedBy(item) : null;
    },
    async question(change) {
      const item = await latest(change);
      return item !== null && stillAnswers(item, clock.now()) ? questionOf(item) : null;
    },
    async supersede(digest) {
      for (const item of await itemsAbout(deps))
        if (isOpen(item) && isOwn(deps, item) && argumentsOf(item.binding)["digest"] !== digest)
          await holds.withdraw(item.id, "the sources of the policy hold something else now");
    },
    watch: (listener) =>
      service.watch(({ binding, state }, from) => {
        // What another gateway has used up before this one looked serves this one too; what this one uses up is its own doing.
        const isOwnUse = usedStates.has(state) && from !== null;
        if (binding.protocol === "policy" && state !== "held" && !isOwnUse) listener();
      }),
  };
}

/** The latest item about this change that was asked as is required now. */
async function latestAbout(deps: PolicyChangesDeps, change: PolicyChange): Promise<Approval | null> {
  const all = (await itemsAbout(deps)).filter((item) => isAbout(item, change));
  // What fewer people, or others, were asked says nothing of what is required now.
  for (const item of all.filter((one) => isOpen(one) && isOwn(deps, one) && !isAskedAs(deps, one)))
    await deps.holds.withdraw(item.id, "other people have to approve changes of the policy now");
  return all.find((item) => isWhole(item) && isAskedAs(deps, item)) ?? null;
}

/** Those of all gateways of the store. */
async function itemsAbout({ store }: PolicyChangesDeps): Promise<Approval[]> {
  const states = ["held", "approved", "released", "delivered", "denied"] as const;
  const items = await store.list({ states, limit: mostLookedAt, text: about });
  return items.filter(({ binding }) => binding.protocol === "policy");
}

function isOpen({ state }: Approval): boolean {
  return state === "held" || state === "approved";
}

/** Whether this gateway asked: what the sources of another one hold is not known here. */
function isOwn({ instance }: PolicyChangesDeps, { binding }: Approval): boolean {
  return binding.gateway === instance;
}

function isAskedAs({ required: { role, count } }: PolicyChangesDeps, { requirement }: Approval): boolean {
  return isDeepStrictEqual(requirement.require, [{ role, count }]);
}

function isAbout({ binding }: Approval, { digest, before }: PolicyChange): boolean {
  const asked = argumentsOf(binding);
  return asked["digest"] === digest && (asked["before"] as JsonObject | undefined)?.["digest"] === before.digest;
}

function argumentsOf({ arguments: of }: ActionBinding): JsonObject {
  return of ?? {};
}

/** @throws Refusal policy_change_denied */
function answered(item: Approval): ChangeQuestion {
  if (item.state !== "denied") return questionOf(item);
  const { id, reason } = questionOf(item);
  throw new Refusal("policy_change_denied", { hint: reason === null ? id : `${id}: ${reason}` });
}

function questionOf({ id, state, binding, votes }: Approval): ChangeQuestion {
  return { id, state, by: binding.subject.id, reason: votes.findLast((vote) => vote.reason !== null)?.reason ?? null };
}

function approvedBy({ id, binding, votes }: Approval): ApprovedChange {
  const names = votes.flatMap(({ vote, approver }) => (vote === "approve" ? [approver] : []));
  const asked = argumentsOf(binding)["reason"];
  const why = typeof asked === "string" ? `${asked}; ` : "";
  return { by: binding.subject.id, reason: `${why}approved by ${names.join(", ")} (${id})`, approval: id };
}

function requestOf(deps: PolicyChangesDeps, change: PolicyChange, by: Requester, reason: string | null): HoldRequest {
  const { required, ids } = deps;
  const { revision, before } = change;
  const seconds = Math.round(required.withinMs / 1_000);
  return {
    binding: bindingOf(deps, change, by, reason),
    requirement: {
      require: [{ role: required.role, count: required.count }],
      distinct_from: [],
      approve_within: seconds,
      execute_within: seconds,
      justification: false,
      scope: "once",
      summary: `Judge by revision ${revision} of the policy instead of ${before.revision}`,
    },
    reasons: [why],
    conditions: { labels: [], risk: null, revision: before.revision },
    context: {},
    // There is no call, and so no decision about one.
    decisionId: ids.make("p"),
    idempotencyKey: null,
    replaces: null,
  };
}

const why: Reason = {
  code: "POLICY_CHANGE",
  message: "Changes of the policy are approved by people before they are active (policy.require.approval).",
  rule: "gateway",
  severity: "high",
  controls: [],
};

/** Who asks stands in the place of the caller, so that nobody who is the same person can approve it. */
function bindingOf(
  { instance }: PolicyChangesDeps,
  { revision, digest, before, impact }: PolicyChange,
  { account, name, also }: Requester,
  reason: string | null,
): ActionBinding {
  return {
    contract: 1,
    gateway: instance,
    subject: { issuer: "console", id: name, key: null },
    acting_for: null,
    agent_owner: null,
    session: "policy",
    session_trust: "none",
    task: null,
    route: "policy",
    protocol: "policy",
    method: "ACTIVATE",
    origin: "",
    path: "",
    query: [],
    content_type: null,
    headers: [],
    action: "policy/activate",
    tool: about,
    definition_digest: null,
    arguments: {
      revision,
      digest,
      before: { revision: before.revision, digest: before.digest },
      reason,
      impact: impact as unknown as JsonObject | null,
    },
    body_digest: null,
    beside: { account, also },
    sensitivity: "high",
    reversible: null,
  };
}
