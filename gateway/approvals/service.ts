import { afterVote, type Approval, type Vote } from "../domain/approval.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { ApprovalService, Approver, Ballot } from "../domain/ports.ts";
import { isBlank } from "../lib/look-alike.ts";
import {
  assertBudget,
  assertEvidence,
  assertProof,
  type BudgetOptions,
  assertEligible,
  votesThatCount,
} from "./vote-checks.ts";
import { assertScope, endGrantOf, issueGrant } from "./grants.ts";
import { type ApprovalsDeps, asOfNow, atomically, find, move } from "./transition.ts";
import { assertReviewTime, reviewOf, type ReviewTimeOptions, Viewings } from "./viewings.ts";

interface ApprovalServiceOptions extends ApprovalsDeps, ReviewTimeOptions, BudgetOptions {}

/** The approver's side: identity comes from the authenticated session, the digest says what was looked at. */
export function approvalService(given: Omit<ApprovalServiceOptions, "viewings">): ApprovalService {
  const viewings = new Viewings(given.clock);
  const options: ApprovalServiceOptions = { ...given, viewings };
  const { store, events } = options;
  return {
    counts: () => store.countOpen(),
    list: async (filter) => {
      const items = await store.list(filter);
      return Promise.all(items.map((item) => asOfNow(options, item)));
    },
    get: (id) => find(options, id),
    viewing: async (id, approver, visible) => {
      // Only a card that is there to decide is looked at: other ids would fill the memory.
      const approval = await known(options, id);
      viewings.report(approver.id, id, visible && approval.state === "held");
      return reviewOf(options, approval, approver);
    },
    whyNot: (approval, approver, vote) => whyNot(approval, approver, vote),
    review: (approval, approver) => reviewOf(options, approval, approver),
    watch: (listener) => events.watch(listener),
    extend: async (id, approver) => extendItem(options, await known(options, id), approver),
    claim: async (id, approver, take) => claimItem(options, await known(options, id), approver, take),
    vote: async (id, actionDigest, approver, ballot) => {
      // Ended first when its clock has run out: what the transaction below writes is undone when it refuses.
      await known(options, id);
      return votedOn(options, { id, actionDigest, approver, ballot });
    },
  };
}

async function known(deps: ApprovalsDeps, id: string): Promise<Approval> {
  const approval = await find(deps, id);
  if (approval === null) throw new Refusal("approval_unknown");
  return approval;
}

interface Cast {
  readonly id: string;
  readonly actionDigest: string;
  readonly approver: Approver;
  readonly ballot: Ballot;
}

/** Looked at and counted in one transaction: of two votes at once, the second is checked against what the first has changed. */
async function votedOn(options: ApprovalServiceOptions, { id, ...cast }: Cast): Promise<Approval> {
  const { actionDigest, approver, ballot } = cast;
  const { approval, vote, after } = await atomically(options, async () => {
    const approval = await options.store.get(id);
    if (approval === null) throw new Refusal("approval_unknown");
    await assertVotable(options, approval, actionDigest, approver, ballot);
    const vote = castVote(options, approval, approver, ballot);
    return { approval, vote, after: await counted(options, approval, vote) };
  });
  options.viewings.end(approver.id, id);
  options.attention.voted(approval, vote);
  return after;
}

function whyNot(approval: Approval, approver: Approver, vote: Vote["vote"]): Refusal | null {
  try {
    assertOpen(approval, vote);
    assertEligible(approval, approver);
    return null;
  } catch (thrown) {
    return asRefusal(thrown);
  }
}

/** A denial is taken until the call is released. */
function assertOpen(approval: Approval, vote: Vote["vote"]): void {
  const isOpen = approval.state === "held" || (approval.state === "approved" && vote === "deny");
  if (!isOpen) throw new Refusal("approval_closed", { hint: `it is ${approval.state}` });
}

async function assertVotable(
  options: ApprovalServiceOptions,
  approval: Approval,
  digest: string,
  approver: Approver,
  ballot: Ballot,
): Promise<void> {
  if (approval.action_digest !== digest) throw new Refusal("approval_mismatch");
  assertOpen(approval, ballot.vote);
  assertEligible(approval, approver);
  assertReason(approval, ballot);
  assertEvidence(approval, approver, ballot);
  if (ballot.vote === "deny") return;
  assertScope(approval, ballot.grant ?? null);
  assertProof(approval, approver);
  if (ballot.batch === true && approval.binding.reversible !== true) throw new Refusal("approval_batch");
  await assertBudget(options, approval, approver);
  assertReviewTime(options, approval, approver);
}

function assertReason({ requirement }: Approval, { vote, reason }: Ballot): void {
  if (vote === "approve" && !requirement.justification) return;
  if (reason !== null && !isBlank(reason)) return;
  throw new Refusal(
    "approval_reason_missing",
    vote === "deny" ? {} : { hint: "this approval needs a justification too" },
  );
}

function castVote(
  { viewings, clock }: ApprovalServiceOptions,
  { id }: Approval,
  approver: Approver,
  ballot: Ballot,
): Vote {
  return {
    approver: approver.name,
    account: approver.id,
    also: approver.also,
    roles: approver.roles,
    teams: approver.teams,
    vote: ballot.vote,
    reason: ballot.reason,
    at: clock.now(),
    method: approver.method,
    evidence: approver.evidence,
    grant: ballot.vote === "approve" ? (ballot.grant ?? null) : null,
    seen_ms: viewings.seenMs(approver.id, id) || null,
  };
}

/**
 * The vote and what it comes to, receipt and grant included, are one write: were the vote alone on disk after a crash, its
 * voter could not vote again and the item would wait for nobody. Several people at once: one of them ends it.
 */
async function counted(deps: ApprovalsDeps, { id }: Approval, vote: Vote): Promise<Approval> {
  const { store, people, clock, events } = deps;
  const voted = (await store.addVote(id, vote)) ? await store.get(id) : null;
  if (voted === null) throw new Refusal("approval_closed");
  const transition = afterVote(voted, await votesThatCount(voted, people), clock.now());
  if (transition === null) {
    await events.publish(voted);
    return voted;
  }
  const { approval: after } = await move(deps, voted, transition);
  if (after.state === "approved") await issueGrant(deps, after);
  if (transition.from === "approved") await endGrantOf(deps, after, vote);
  return after;
}

const lastMinuteMs = 60_000;

/**
 * As much time again as policy gave, asked for in the last minute and at most once: a question nobody answers must end.
 * The digest stays: it binds the clock that the caller was told first.
 */
async function extendItem(deps: ApprovalsDeps, approval: Approval, approver: Approver): Promise<Approval> {
  const { store, clock } = deps;
  assertEligible(approval, approver);
  const { approve_by, seal, requirement } = approval;
  if (approve_by - clock.now() > lastMinuteMs)
    throw new Refusal("approval_extension", { hint: "only in the last minute" });
  if (approve_by !== seal.approve_by) throw new Refusal("approval_extension", { hint: "it was extended before" });
  const until = approve_by + requirement.approve_within * 1_000;
  const extended = await store.extend(approval.id, approve_by, until, clock.now());
  if (!extended) throw new Refusal("approval_closed");
  return published(deps, approval);
}

/** A courtesy between people: whoever else looks sees that somebody is at it. Anybody eligible may still vote. */
async function claimItem(
  deps: ApprovalsDeps,
  approval: Approval,
  approver: Approver,
  take: boolean,
): Promise<Approval> {
  assertEligible(approval, approver);
  const now = deps.clock.now();
  const claim = take ? { by: approver.name, at: now } : null;
  if (!(await deps.store.claim(approval.id, claim, now))) throw new Refusal("approval_closed");
  return published(deps, approval);
}

async function published({ store, events }: ApprovalsDeps, approval: Approval): Promise<Approval> {
  const after = (await store.get(approval.id)) ?? approval;
  await events.publish(after);
  return after;
}
