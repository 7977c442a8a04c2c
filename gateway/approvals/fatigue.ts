import type {
  ApproverMeasure,
  FatigueReport,
  RuleMeasure,
  AttentionLimitFact,
  AttentionStore,
  Clock,
  Fatigue,
  VoteFact,
  VoteMeasure,
} from "../domain/ports.ts";
import { type AttentionCounter, dayMs, keptDays } from "./attention.ts";

const hourMs = 3_600_000;
/** Votes read for one report; beyond that the report says that it was cut. */
const mostVotes = 20_000;

interface FatigueOptions {
  readonly store: AttentionStore;
  readonly attention: AttentionCounter;
  readonly clock: Clock;
  readonly budgetPerHour: number | null;
}

export function fatigue({ store, attention, clock, budgetPerHour }: FatigueOptions): Fatigue {
  return {
    report: async ({ days, fastS }) => {
      await attention.flush();
      const until = clock.now();
      const since = until - Math.min(days, keptDays) * dayMs;
      const votes = await store.votesSince(since, mostVotes);
      const limits = await store.attentionLimitsSince(since);
      return { ...fatigueReport(votes, limits, { since, until, fastS }), budget_per_hour: budgetPerHour };
    },
  };
}

interface Span {
  readonly since: number;
  readonly until: number;
  readonly fastS: number;
}

/** Pure: what a window of votes and refusals says about the people who cast them. */
export function fatigueReport(
  votes: readonly VoteFact[],
  limits: readonly AttentionLimitFact[],
  { since, until, fastS }: Span,
): Omit<FatigueReport, "budget_per_hour"> {
  const voters = grouped(votes, ({ approver }) => [approver]);
  const named = voters.map(([, own]): [string, VoteFact[]] => [own[0]?.name ?? "", own]);
  const stopped = limits.filter(({ kind, who }) => kind !== "flood" && !named.some(([name]) => name === who));
  const others = [...new Set(stopped.map(({ who }) => who))].map((name): [string, VoteFact[]] => [name, []]);
  const approvers = [...named, ...others].map(([name, own]) => approverMeasure(name, own, limits, fastS));
  const measured = { approvers, rules: ruleMeasures(votes, fastS), floods: floods(limits), fast_s: fastS };
  return {
    since,
    until,
    votes: votes.length,
    cut: votes.length >= mostVotes,
    time_splits_s: timeSplits,
    ...measured,
    days: perDay(votes, since, until),
    findings: findings(measured),
  };
}

function approverMeasure(
  approver: string,
  votes: readonly VoteFact[],
  limits: readonly AttentionLimitFact[],
  fastS: number,
): ApproverMeasure {
  const times = (kind: AttentionLimitFact["kind"]): number => timesOf(limits, kind, approver);
  return {
    approver,
    ...measureVotes(votes, fastS),
    ...hours(votes),
    rules: ruleMeasures(votes, fastS),
    too_fast: times("too_fast"),
    budget: times("budget"),
  };
}

function timesOf(limits: readonly AttentionLimitFact[], kind: AttentionLimitFact["kind"], who: string): number {
  const own = limits.filter((fact) => fact.kind === kind && fact.who === who);
  return own.reduce((sum, { times }) => sum + times, 0);
}

function ruleMeasures(votes: readonly VoteFact[], fastS: number): RuleMeasure[] {
  return grouped(votes, ({ rules }) => rules).map(([rule, of]) => ({ rule, ...measureVotes(of, fastS) }));
}

function hours(votes: readonly VoteFact[]): Pick<ApproverMeasure, "busiest" | "active_hours"> {
  const found = grouped(votes, ({ at }) => [String(at - (at % hourMs))]);
  const [hour, most] = found[0] ?? ["0", []];
  return { busiest: { votes: most.length, hour: Number(hour) }, active_hours: found.length };
}

function floods(limits: readonly AttentionLimitFact[]): FatigueReport["floods"] {
  const agents = grouped(
    limits.filter(({ kind }) => kind === "flood"),
    ({ who }) => [who],
  );
  return agents
    .map(([agent, facts]) => ({
      agent,
      times: timesOf(limits, "flood", agent),
      last: Math.max(...facts.map(({ last }) => last)),
    }))
    .toSorted((a, b) => b.times - a.times);
}

function perDay(votes: readonly VoteFact[], since: number, until: number): FatigueReport["days"] {
  const first = since - (since % dayMs);
  const days = Array.from({ length: Math.floor((until - first) / dayMs) + 1 }, (_, index) => ({
    day: first + index * dayMs,
    approved: 0,
    denied: 0,
  }));
  for (const { at, vote } of votes) {
    const day = days[Math.floor((at - first) / dayMs)];
    if (day === undefined) continue;
    if (vote === "approve") day.approved += 1;
    else day.denied += 1;
  }
  return days;
}

/** Seconds; between them lie "did not read", "glanced", "read", "looked into it". */
const timeSplits: readonly number[] = [2, 5, 15, 60, 300];

function measureVotes(votes: readonly VoteFact[], fastS: number): VoteMeasure {
  const approved = votes.filter(({ vote }) => vote === "approve").length;
  const opened = votes.flatMap(({ seen_ms }) => (seen_ms === null || seen_ms === 0 ? [] : [seen_ms / 1_000]));
  const unopened = votes.length - opened.length;
  return {
    approved,
    denied: votes.length - approved,
    approval_rate: votes.length === 0 ? null : approved / votes.length,
    median_s: median(opened),
    fast: unopened + opened.filter((seconds) => seconds < fastS).length,
    unopened,
    times: histogram(opened, unopened),
  };
}

function median(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Whoever never opened the card took no time over it. */
function histogram(seconds: readonly number[], unopened: number): number[] {
  const counts = [...timeSplits, Infinity].map(() => 0);
  counts[0] = unopened;
  for (const each of seconds) {
    const place = [...timeSplits, Infinity].findIndex((split) => each < split);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

/** Groups by what `keysOf` says, the largest group first, equally large ones by name. */
function grouped<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return [...groups].toSorted(([one, a], [other, b]) => b.length - a.length || (one < other ? -1 : 1));
}

/** Fewer votes than this say nothing about a habit. */
const enoughVotes = 20;
const nearlyAll = 0.98;
/** About one a minute: nobody reads that many in an hour, and does their work too. */
const manyPerHour = 60;

type Measured = Pick<FatigueReport, "approvers" | "rules" | "floods" | "fast_s">;

/** What is off, each in one plain sentence; the worst first. Nothing here blocks anybody. */
function findings({ approvers, rules, floods, fast_s }: Measured): string[] {
  return [
    ...approvers.flatMap((person) => person.rules.flatMap((rule) => stamping(person.approver, rule, fast_s))),
    ...approvers.flatMap(tooMany),
    ...rules.flatMap(needless),
    ...floods.map(
      ({ agent, times }) =>
        `${agent} had ${countText(times, "call")} refused for asking more often than its cap allows.`,
    ),
  ];
}

/** Approves all of one rule, and most of it faster than it can be read. */
function stamping(approver: string, rule: RuleMeasure, fastS: number): string[] {
  const votes = rule.approved + rule.denied;
  if (votes < enoughVotes || (rule.approval_rate ?? 0) < nearlyAll || rule.fast * 2 < votes) return [];
  const asked = `${approver} approved ${rule.approved} of ${votes} calls that ${rule.rule} asked about`;
  if (rule.median_s === null) return [`${asked}, and opened none of them.`];
  return [`${asked}, ${rule.fast} of them in less than ${fastS} s (median ${secondsText(rule.median_s)}).`];
}

function tooMany({ approver, busiest }: ApproverMeasure): string[] {
  return busiest.votes < manyPerHour ? [] : [`${approver} decided ${busiest.votes} calls within one hour.`];
}

/** A question that is always answered the same way trains people to answer without reading. */
function needless({ rule, approved, denied, approval_rate }: RuleMeasure): string[] {
  const votes = approved + denied;
  if (votes < enoughVotes * 5 || (approval_rate ?? 0) < nearlyAll) return [];
  return [`${approved} of ${votes} answers to ${rule} were yes: it may ask about calls that need no person.`];
}

function secondsText(value: number): string {
  return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}

function countText(times: number, what: string): string {
  return `${times} ${what}${times === 1 ? "" : "s"}`;
}
