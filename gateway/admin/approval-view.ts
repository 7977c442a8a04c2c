import { type Approval, placesLeft, type Vote } from "../domain/approval.ts";
import type { Quorum } from "../domain/decision.ts";
import type { JsonObject } from "../lib/json.ts";
import type { ActivePolicy, Review, RuleInfo } from "../domain/ports.ts";

/** One line of the inbox. Times are milliseconds since the epoch. */
export interface ApprovalRow {
  readonly id: string;
  readonly state: Approval["state"];
  readonly summary: string;
  readonly tool: string;
  readonly agent: string;
  readonly acting_for: string | null;
  readonly sensitivity: string | null;
  readonly reversible: boolean | null;
  readonly created: number;
  readonly approve_by: number;
  readonly execute_by: number | null;
  readonly resolved_at: number | null;
  readonly votes: readonly Vote[];
  readonly require: readonly Quorum[];
  /** Approvals still needed. */
  readonly places_left: number;
  readonly claim: Approval["claim"];
  /** Asked again, since something has changed. */
  readonly asked_again: boolean;
}

export interface ApprovalCard extends ApprovalRow {
  readonly action_digest: string;
  readonly call_digest: string;
  readonly approval: Omit<Approval, "votes">;
  /** The rules behind the reasons, where today's policy has them. */
  readonly rules: readonly RuleInfo[];
  /** The other gateway whose decision log has the record of the hold; null: this one's, or it is not known. */
  readonly record_at: string | null;
  /** The newest earlier item for the same tool of the same agent; null when none is in history. */
  readonly previous: {
    readonly id: string;
    readonly state: string;
    readonly created: number;
    readonly arguments: JsonObject | null;
  } | null;
  /** May the reader vote; `why_not` says what stands against it. */
  readonly may_vote: boolean;
  readonly why_not: string | null;
  /** An approved call may be denied until it is released. */
  readonly may_deny: boolean;
  /** Milliseconds that the card must have been on the reader's screen before they may approve it, and has been. */
  readonly review_ms: number;
  readonly viewed_ms: number;
}

export function approvalRow(approval: Approval): ApprovalRow {
  const { binding } = approval;
  return {
    id: approval.id,
    state: approval.state,
    summary: approval.requirement.summary,
    tool: binding.tool,
    agent: binding.subject.id,
    acting_for: binding.acting_for,
    sensitivity: binding.sensitivity,
    reversible: binding.reversible,
    created: approval.seal.created,
    approve_by: approval.approve_by,
    execute_by: approval.execute_by,
    resolved_at: approval.resolved_at,
    votes: approval.votes,
    require: approval.requirement.require,
    places_left: placesLeft(approval.requirement.require, approval.votes),
    claim: approval.claim,
    asked_again: approval.replaces !== null,
  };
}

export function approvalCard(
  approval: Approval,
  seen: {
    readonly history: readonly Approval[];
    readonly policy: ActivePolicy | null;
    readonly whyNot: { readonly code: string; readonly sentence: string } | null;
    readonly mayDeny: boolean;
    readonly review: Review;
    /** Name of the gateway that shows it. */
    readonly gateway: string;
  },
): ApprovalCard {
  const { votes: _votes, ...whole } = approval;
  const rules = rulesBehind(
    approval.reasons.map((reason) => reason.rule),
    seen.policy,
  );
  return {
    ...approvalRow(approval),
    action_digest: approval.action_digest,
    call_digest: approval.call_digest,
    approval: whole,
    rules,
    record_at: recordAt(approval, seen.gateway),
    previous: previousOf(approval, seen.history),
    may_vote: seen.whyNot === null,
    why_not: seen.whyNot?.sentence ?? null,
    may_deny: seen.mayDeny,
    review_ms: seen.whyNot === null ? seen.review.neededMs : 0,
    viewed_ms: seen.review.seenMs,
  };
}

/** Items of versions before do not say who held them. */
function recordAt({ context }: Approval, reader: string): string | null {
  const held = context["gateway"];
  return typeof held === "string" && held !== reader ? held : null;
}

export function rulesBehind(names: readonly string[], policy: ActivePolicy | null): RuleInfo[] {
  return (policy?.rules ?? []).filter((rule) => names.includes(rule.rule));
}

function previousOf(approval: Approval, history: readonly Approval[]): ApprovalCard["previous"] {
  const { binding } = approval;
  const similar = history
    .filter((other) => other.id !== approval.id && other.seal.created <= approval.seal.created)
    .filter((other) => other.binding.tool === binding.tool && other.binding.route === binding.route)
    .filter(
      (other) =>
        other.binding.subject.id === binding.subject.id && other.binding.subject.issuer === binding.subject.issuer,
    )
    .sort((a, b) => b.seal.created - a.seal.created)[0];
  if (similar === undefined) return null;
  return { id: similar.id, state: similar.state, created: similar.seal.created, arguments: similar.binding.arguments };
}
