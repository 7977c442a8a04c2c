import { decimal } from "../../lib/decimal.ts";
import type { Lease, LeaseLimits } from "./lease.ts";
import { targetOutside } from "./targets.ts";
import { toolOutside } from "./tools.ts";

/** What a task gives access to. */
export type Scope = Pick<Lease, "tools" | "targets" | "serves" | "limits">;

/** In what a part of a task would be wider than the task: the dimension, and what of it. */
export interface Wider {
  readonly dimension: "tools" | "targets" | "serves" | "calls" | "concurrent" | "spend" | "until";
  /** A sentence without its end. */
  readonly why: string;
}

/** The first dimension in which a part would be wider than the task that it is a part of; null when it is narrower in all. Pure. */
export function widerIn(part: Scope, whole: Scope): Wider | null {
  return widerTools(part, whole) ?? widerTargets(part, whole) ?? widerPerson(part, whole) ?? widerLimits(part, whole);
}

function widerTools({ tools }: Scope, whole: Scope): Wider | null {
  const outside = toolOutside(tools, whole.tools);
  return outside === null ? null : { dimension: "tools", why: `${outside} is not among the parent's tools` };
}

function widerTargets({ targets }: Scope, whole: Scope): Wider | null {
  if (whole.targets === null) return null;
  if (targets === null) return { dimension: "targets", why: "the parent's targets are limited" };
  const outside = targetOutside(targets, whole.targets);
  return outside === null
    ? null
    : { dimension: "targets", why: `${JSON.stringify(outside)} is not among the parent's targets` };
}

function widerPerson({ serves }: Scope, whole: Scope): Wider | null {
  if (whole.serves === null || serves === whole.serves) return null;
  return { dimension: "serves", why: "the parent serves one person alone" };
}

/** A part without a number of its own counts against its parent's; one that states a number states no higher one. */
function widerLimits({ limits }: Scope, { limits: whole }: Scope): Wider | null {
  for (const dimension of ["calls", "concurrent"] as const) {
    const [most, wanted] = [whole[dimension], limits[dimension]];
    if (most !== null && wanted !== null && wanted > most)
      return { dimension, why: `${wanted} is more than the parent's ${most}` };
  }
  const unit = widerUnit(limits, whole);
  if (unit !== null)
    return { dimension: "spend", why: `${limits.spend[unit]} ${unit} is more than the parent's ${whole.spend[unit]}` };
  if (limits.until > whole.until)
    return { dimension: "until", why: `the parent ends at ${new Date(whole.until).toISOString()}` };
  return null;
}

function widerUnit({ spend }: LeaseLimits, whole: LeaseLimits): string | null {
  const wider = Object.entries(spend).find(([unit, amount]) => {
    const most = Object.hasOwn(whole.spend, unit) ? decimal(whole.spend[unit]) : null;
    return most !== null && (decimal(amount) ?? 0n) > most;
  });
  return wider?.[0] ?? null;
}
