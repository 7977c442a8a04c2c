import type { Checks, Revision } from "./suite.ts";

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

/** Scenarios that a gateway passes by itself, whatever the server behind it passes. */
export const transportSecurity: Readonly<Record<Revision, readonly string[]>> = {
  "2025-11-25": ["dns-rebinding-protection"],
  "2026-07-28": ["dns-rebinding-protection", "http-header-validation", "http-custom-header-server-validation"],
};

/** The check that a server has no tool whose arguments clients mirror: without one the suite cannot ask. */
const untestable = "sep-2243-server-no-xmcp-tool";

/** Checks of the transport's security that do not pass through the gateway, and scenarios of it of which there is no check. */
export function insecure(through: Checks, speaks: readonly Revision[], asked: (scenario: string) => boolean): string[] {
  return speaks.flatMap((revision) =>
    transportSecurity[revision].filter(asked).flatMap((scenario) => {
      const of = `${revision} ${scenario}/`;
      const made = [...through].filter(([check]) => check.startsWith(of));
      if (made.some(([check]) => check === of + untestable)) return [];
      const failed = made.filter(([, passed]) => !passed).map(([check]) => check);
      return made.length === 0 ? [`${of}no check`] : failed;
    }),
  );
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
