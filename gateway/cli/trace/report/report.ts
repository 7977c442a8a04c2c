import {
  type DomainFigures,
  figuresByDomain,
  figuresOf,
  isContained,
  isUntouched,
  type SetFigures,
  unexpected,
} from "./figures.ts";
import type { ReplayedCall, ReplayedSession } from "../replay/replay.ts";
import type { ReplayPolicy } from "../replay/replay-policy.ts";
import { figuresByRule, idleRules, type RuleFigures } from "./rule-figures.ts";
import type { Variant } from "../variants/variants.ts";

/** One policy and what it made of the sessions. */
export interface Report {
  readonly policy: ReplayPolicy;
  /** Rules that were left out of it. */
  readonly without: readonly string[];
  readonly variant: Variant;
  readonly sessions: readonly ReplayedSession[];
  readonly sets: readonly SetFigures[];
  readonly domains: readonly DomainFigures[];
  readonly rules: readonly RuleFigures[];
  /** Rules that stopped no attack; null when it is not known which rules can stop calls. */
  readonly idle: readonly string[] | null;
}

export function reportOf(
  policy: ReplayPolicy,
  given: { readonly without: readonly string[]; readonly variant: Variant },
  sessions: readonly ReplayedSession[],
): Report {
  const rules = figuresByRule(sessions);
  return {
    policy,
    ...given,
    sessions,
    sets: figuresOf(sessions),
    domains: figuresByDomain(sessions),
    rules,
    idle: policy.stopping === null ? null : idleRules(policy.stopping, rules),
  };
}

/** The report for programs. Shares are numbers from 0 to 1, null where there are no sessions. */
export function reportJson(report: Report): Record<string, unknown> {
  const { policy, without, variant, sessions, sets, domains, rules, idle } = report;
  return {
    policy: policy.name,
    without,
    variant,
    sets: sets.map(({ set, kinds }) => ({
      set,
      kinds: kinds.map(({ asksPerSession, ...one }) => ({ ...one, asks_per_session: asksPerSession })),
    })),
    domains,
    rules,
    idle_rules: idle,
    sessions: sessions.map(sessionJson),
    unexpected: unexpected(sessions).map(({ session, call }) => ({
      session: session.session.id,
      call: session.calls.indexOf(call) + 1,
      expected: call.recorded.expect,
      effect: call.effect,
    })),
  };
}

function sessionJson(replayed: ReplayedSession): Record<string, unknown> {
  const { id, place, domain, kind, threats, heldOut } = replayed.session;
  const verdict = kind === "attack" ? { contained: isContained(replayed) } : { untouched: isUntouched(replayed) };
  return { id, place, domain, kind, threats, held_out: heldOut, ...verdict, calls: replayed.calls.map(callJson) };
}

function callJson({ recorded, ...call }: ReplayedCall): Record<string, unknown> {
  return { tool: `${recorded.server}/${recorded.tool}`, attack: recorded.attack, ...call };
}
