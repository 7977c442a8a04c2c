import type {
  ApproverMeasure,
  AttentionStore,
  Clock,
  Fatigue,
  FatigueReport,
  RuleMeasure,
  AttentionLimitFact,
  VoteFact,
} from "../domain/ports.ts";
import { type AttentionCounter, dayMs, keptDays } from "./attention.ts";
import { findings } from "./findings.ts";
import { grouped, measureVotes, timeSplits } from "./measure-votes.ts";

const hourMs = 3_600_000;
/** Votes read for one report; beyond that the report says that it was cut. */
const mostVotes = 20_000;

export interface FatigueOptions {
  readonly store: AttentionStore;
  readonly attention: AttentionCounter;
  readonly clock: Clock;
  readonly budgetPerHour: number | null;
}

export function fatigue({ store, attention, clock, budgetPerHour }: FatigueOptions): Fatigue {
  return {
    report: ({ days, fastS }) => {
      attention.flush();
      const until = clock.now();
      const since = until - Math.min(days, keptDays) * dayMs;
      const votes = store.votesSince(since, mostVotes);
      const limits = store.attentionLimitsSince(since);
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
    ...{ since, until, votes: votes.length, cut: votes.length >= mostVotes, time_splits_s: timeSplits },
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
    ...{ day: first + index * dayMs, approved: 0, denied: 0 },
  }));
  for (const { at, vote } of votes) {
    const day = days[Math.floor((at - first) / dayMs)];
    if (day === undefined) continue;
    if (vote === "approve") day.approved += 1;
    else day.denied += 1;
  }
  return days;
}
