import type { Checks } from "./suite.ts";

/** Checks that pass direct and through the gateway, those that pass direct alone, and those that pass through it alone. */
export interface Difference {
  readonly both: readonly string[];
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

/** A check that was made on one way alone did not pass on the other. */
export function compare(direct: Checks, through: Checks): Difference {
  const passes = (checks: Checks) => new Set([...checks].flatMap(([name, passed]) => (passed ? [name] : [])));
  const [before, behind] = [passes(direct), passes(through)];
  return {
    both: [...before.intersection(behind)].sort(),
    lost: [...before.difference(behind)].sort(),
    gained: [...behind.difference(before)].sort(),
  };
}

/** The same, with each check named after what it was made of. */
export function namedAfter(name: string, { both, lost, gained }: Difference): Difference {
  const named = (checks: readonly string[]) => checks.map((check) => `${name}: ${check}`);
  return { both: named(both), lost: named(lost), gained: named(gained) };
}

export function joined(one: Difference, other: Difference): Difference {
  const of = (key: keyof Difference) => [...one[key], ...other[key]];
  return { both: of("both"), lost: of("lost"), gained: of("gained") };
}
