import type { ApprovalRequirement, ApproverProof, LimitCalls, Obligation } from "../domain/decision.ts";
import type { Change } from "../domain/policy-change.ts";
import type { Verdict } from "./verdict.ts";

/** Null when both say the same, the order and the wording of reasons aside. */
export function changeBetween(before: Verdict, after: Verdict): Change | null {
  if (before.effect !== after.effect)
    return { kind: `${before.effect}→${after.effect}`, widens: letsMoreThrough(before, after) };
  const [approval, duties] = [approvalChange(before.approval, after.approval), dutiesChange(before, after)];
  const changes = [approval, duties].filter((change) => change !== null);
  const [first] = changes.toSorted((a, b) => Number(b.widens) - Number(a.widens));
  if (first !== undefined) return first;
  return sameTexts(reasonTexts(before), reasonTexts(after)) ? null : { kind: "reasons", widens: false };
}

const ranks: Readonly<Record<string, number>> = {
  deny: 0,
  hidden: 0,
  block: 0,
  hold: 1,
  redact: 1,
  allow: 2,
  shown: 2,
  pass: 2,
};

function rankOf(effect: string): number {
  return ranks[effect] ?? 0;
}

/** Also what asks people first, or takes out something else, lets through what is no longer taken out. */
function letsMoreThrough(before: Verdict, after: Verdict): boolean {
  const rank = rankOf(after.effect);
  return (
    rank > rankOf(before.effect) || (rank > 0 && !before.demands.every((demand) => after.demands.includes(demand)))
  );
}

function approvalChange(before: Verdict["approval"], after: Verdict["approval"]): Change | null {
  if (before === undefined || before === null || after === undefined || after === null) return null;
  const [easier, harder] = [!asksAsMuch(before, after), !asksAsMuch(after, before)];
  return easier || harder ? { kind: "approval", widens: easier } : null;
}

const proofs: readonly ApproverProof[] = ["session", "reauthenticated", "passkey"];
const proofRank = ({ proof = "session" }: ApprovalRequirement): number => proofs.indexOf(proof);

/** Whether everything that `before` asks of people is asked by `after` too. The summary is text for people and not compared. */
function asksAsMuch(before: ApprovalRequirement, after: ApprovalRequirement): boolean {
  const people = before.require.every((wanted) =>
    after.require.some(
      ({ role, count, outside_team }) =>
        role === wanted.role &&
        count >= wanted.count &&
        (wanted.outside_team === undefined || outside_team === wanted.outside_team),
    ),
  );
  return (
    people &&
    before.distinct_from.every((one) => after.distinct_from.includes(one)) &&
    proofRank(after) >= proofRank(before) &&
    (after.justification || !before.justification) &&
    after.approve_within <= before.approve_within &&
    after.execute_within <= before.execute_within &&
    (after.scope === "once" || JSON.stringify(after.scope) === JSON.stringify(before.scope))
  );
}

function dutiesChange(before: Verdict, after: Verdict): Change | null {
  const [dropped, added] = [!demandsAsMuch(before, after), !demandsAsMuch(after, before)];
  return dropped || added ? { kind: "obligations", widens: dropped } : null;
}

function demandsAsMuch(before: Verdict, after: Verdict): boolean {
  return (
    before.demands.every((demand) => after.demands.includes(demand)) &&
    before.obligations.every((duty) => after.obligations.some((other) => carriesOut(other, duty)))
  );
}

/** Whether carrying out `duty` is at least what `wanted` demands. */
function carriesOut(duty: Obligation, wanted: Obligation): boolean {
  if (duty.type === "limit" && wanted.type === "limit") return limitsAsMuch(duty, wanted);
  return sameJson(duty, wanted);
}

function limitsAsMuch(limit: LimitCalls, wanted: LimitCalls): boolean {
  const { max, ...rest } = limit;
  const { max: most, ...others } = wanted;
  return sameJson(rest, others) && Number(max) <= Number(most);
}

/** The members of objects in any order. */
function sameJson(one: object, other: object): boolean {
  return JSON.stringify(Object.entries(one).toSorted()) === JSON.stringify(Object.entries(other).toSorted());
}

function reasonTexts({ reasons }: Verdict): string[] {
  return reasons.map(({ code, rule }) => `${code} ${rule}`).toSorted();
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
