import type { GrantScope } from "../api/types.ts";

const usual = [300, 900, 3_600, 4 * 3_600, 8 * 3_600, 86_400, 7 * 86_400, 30 * 86_400];

/** Times to choose from; the longest is what policy allows. */
export function timesWithin(most: number): number[] {
  return [...usual.filter((seconds) => seconds < most), most];
}

/** The narrowest grant that is wider than once, as the first suggestion. */
export function defaultScope(allowed: GrantScope): GrantScope {
  const seconds = timesWithin(allowed.seconds)[0] ?? allowed.seconds;
  return { kind: allowed.kind, uses: Math.min(2, allowed.uses), seconds, same: "arguments" };
}

/** Null when a grant of this kind would cover nothing for this call. */
export function grantable(scope: GrantScope | "once", task: string | null): GrantScope | null {
  if (scope === "once" || scope.uses < 2) return null;
  return scope.kind === "task" && task === null ? null : scope;
}
