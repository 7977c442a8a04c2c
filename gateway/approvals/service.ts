import { afterVote, type Approval, type Vote } from "../domain/approval.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { ApprovalService, Approver, Ballot } from "../domain/ports.ts";
import { assertBudget, assertEvidence, assertProof, type BudgetOptions } from "./vote-checks.ts";
import { assertEligible, standing } from "./eligibility.ts";
import { assertScope, issueGrant } from "./grants.ts";
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
    list: (filter) => store.list(filter).map((item) => asOfNow(options, item)),
    get: (id) => find(options, id),
    viewing: (id, approver, visible) => {
      // Only a card that is there to decide is looked at: other ids would fill the memory.
      const approval = known(options, id);
      viewings.report(approver.id, id, visible && approval.state === "held");
      return reviewOf(options, approval, approver);
    },
    whyNot: (approval, approver) => whyNot(approval, approver),
    review: (approval, approver) => reviewOf(options, approval, approver),
    watch: (listener) => events.watch(listener),
    extend: (id, approver) => extendItem(options, known(options, id), approver),
    claim: (id, approver, take) => claimItem(options, known(options, id), approver, take),
    vote: (id, actionDigest, approver, ballot) => {
      const approval = known(options, id);
      assertVotable(options, approval, actionDigest, approver, ballot);
      const vote = castVote(options, approval, approver, ballot);
      const after = atomically(options, () => counted(options, approval, vote));
      viewings.end(approver.id, id);
      options.attention.voted(approval, vote);
      return after;
    },
  };
}

function known(deps: ApprovalsDeps, id: string): Approval {
  const approval = find(deps, id);
  if (approval === null) throw new Refusal("approval_unknown");
  return approval;
}

function whyNot(approval: Approval, approver: Approver): Refusal | null {
  try {
    assertOpen(approval);
    assertEligible(approval, approver);
    return null;
  } catch (thrown) {
    return asRefusal(thrown);
  }
}

function assertOpen(approval: Approval): void {
  if (approval.state !== "held") throw new Refusal("approval_closed", { hint: `it is ${approval.state}` });
}

function assertVotable(
  options: ApprovalServiceOptions,
  approval: Approval,
  digest: string,
  approver: Approver,
  ballot: Ballot,
): void {
  if (approval.action_digest !== digest) throw new Refusal("approval_mismatch");
  assertOpen(approval);
  assertEligible(approval, approver);
  assertReason(approval, ballot);
  assertEvidence(approval, approver, ballot);
  if (ballot.vote === "deny") return;
  assertScope(approval, ballot.grant ?? null);
  assertProof(approval, approver);
  if (ballot.batch === true && approval.binding.reversible !== true) throw new Refusal("approval_batch");
  assertBudget(options, approval, approver);
  assertReviewTime(options, approval, approver);
}

function assertReason({ requirement }: Approval, { vote, reason }: Ballot): void {
  if (vote === "approve" && !requirement.justification) return;
  if (reason !== null && reason.trim() !== "") return;
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
function counted(deps: ApprovalsDeps, { id }: Approval, vote: Vote): Approval {
  const { store, people, clock, events } = deps;
  const voted = store.addVote(id, vote) ? store.get(id) : null;
  if (voted === null) throw new Refusal("approval_closed");
  const transition = afterVote(voted, standing(voted, people), clock.now());
  if (transition === null) {
    events.publish(voted);
    return voted;
  }
  const { approval: after } = move(deps, voted, transition);
  if (after.state === "approved") issueGrant(deps, after);
  return after;
}

const lastMinuteMs = 60_000;

/**
 * As much time again as policy gave, asked for in the last minute and at most once: a question nobody answers must end.
 * The digest stays: it binds the clock that the caller was told first.
 */
function extendItem(deps: ApprovalsDeps, approval: Approval, approver: Approver): Approval {
  const { store, clock } = deps;
  assertEligible(approval, approver);
  const { approve_by, seal, requirement } = approval;
  if (approve_by - clock.now() > lastMinuteMs)
    throw new Refusal("approval_extension", { hint: "only in the last minute" });
  if (approve_by !== seal.approve_by) throw new Refusal("approval_extension", { hint: "it was extended before" });
  const until = approve_by + requirement.approve_within * 1_000;
  if (!store.extend(approval.id, approve_by, until, clock.now())) throw new Refusal("approval_closed");
  return published(deps, approval);
}

/** A courtesy between people: whoever else looks sees that somebody is at it. Anybody eligible may still vote. */
function claimItem(deps: ApprovalsDeps, approval: Approval, approver: Approver, take: boolean): Approval {
  assertEligible(approval, approver);
  const now = deps.clock.now();
  const claim = take ? { by: approver.name, at: now } : null;
  if (!deps.store.claim(approval.id, claim, now)) throw new Refusal("approval_closed");
  return published(deps, approval);
}

function published({ store, events }: ApprovalsDeps, approval: Approval): Approval {
  const after = store.get(approval.id) ?? approval;
  events.publish(after);
  return after;
}
