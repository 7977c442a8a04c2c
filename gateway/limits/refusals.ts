import { Refusal } from "../domain/errors.ts";
import type { Limit, Measure } from "../domain/limit.ts";
import { decimalText } from "../lib/decimal.ts";

/** How a call is told that a limit has no room for it now. `retryAfterMs`: null when nobody can tell. */
export function limitReached({ name, by, measure }: Limit, retryAfterMs: number | null): Refusal {
  const code = measure.kind === "loop" ? "loop_detected" : "limit_exceeded";
  const retryAfterS = retryAfterMs === null ? 1 : Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return new Refusal(code, {
    hint: `${mostOf(measure)} ${forWhom(by)}, limit ${name}`,
    retryAfterS,
    headers: quotaHeaders(name, measure, retryAfterMs === null ? null : retryAfterS),
  });
}

/** A call that costs more than the limit holds when nothing is spent. */
export function limitTooSmall({ name, by, measure }: Limit): Refusal {
  return new Refusal("limit_too_small", { hint: `${mostOf(measure)} ${forWhom(by)}, limit ${name}` });
}

function mostOf(measure: Measure): string {
  switch (measure.kind) {
    case "rate":
      return `${measure.max} per ${durationText(measure.perMs)}${measure.burst === null ? "" : `, ${measure.burst} at once`}`;
    case "concurrent":
      return `${measure.max} under way`;
    case "spend":
      return `${decimalText(measure.max)} ${measure.unit} per ${durationText(measure.perMs)}`;
    case "loop":
      return `${measure.max} equal calls per ${durationText(measure.perMs)}`;
  }
}

function forWhom(by: Limit["by"]): string {
  const each = by.filter((key) => key !== "all");
  return each.length === 0 ? "for all callers" : `for each ${each.join(" and ")}`;
}

const units = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1_000, "s"],
] as const;

/** In the largest unit without a rest. */
function durationText(ms: number): string {
  const [size, unit] = units.find(([size]) => ms % size === 0) ?? [1, "ms"];
  return `${ms / size}${unit}`;
}

/**
 * RateLimit header fields (draft-ietf-httpapi-ratelimit-headers). Their quotas are whole numbers, so a budget has none. Names of
 * limits need no escapes.
 */
function quotaHeaders(name: string, measure: Measure, resetS: number | null): Record<string, string> {
  if (measure.kind === "spend") return {};
  const quota = `"${name}";q=${measure.max}`;
  const policy =
    measure.kind === "concurrent"
      ? `${quota};qu="concurrent-requests"`
      : `${quota};w=${Math.max(1, Math.ceil(measure.perMs / 1_000))}`;
  return { "RateLimit-Policy": policy, RateLimit: `"${name}";r=0${resetS === null ? "" : `;t=${resetS}`}` };
}
