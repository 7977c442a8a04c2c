import type { Exceptions } from "./exceptions.ts";

export interface Verdict {
  readonly note: string;
  readonly group: string;
  /** null: passed. */
  readonly unwanted: string | null;
  /** null: OPA's interpreter gives the same answer. */
  readonly disagreement: string | null;
}

export interface Tally {
  readonly cases: number;
  readonly passed: number;
  readonly exceptions: number;
  readonly unexplained: number;
  readonly disagreements: number;
}

/** Exceptions that name a case which passes, or none at all. */
export function staleExceptions(verdicts: readonly Verdict[], exceptions: Exceptions): string[] {
  const failed = new Set(verdicts.filter(({ unwanted }) => unwanted !== null).map(({ note }) => note));
  return [...exceptions.keys()].filter((note) => !failed.has(note));
}

export function tally(verdicts: readonly Verdict[], exceptions: Exceptions): Tally {
  const excepted = verdicts.filter(({ note, unwanted }) => unwanted !== null && exceptions.has(note)).length;
  const passed = verdicts.filter(({ unwanted }) => unwanted === null).length;
  // An exception explains its disagreement too.
  const disagreements = verdicts.filter(
    ({ note, disagreement }) => disagreement !== null && !exceptions.has(note),
  ).length;
  return {
    cases: verdicts.length,
    passed,
    exceptions: excepted,
    unexplained: verdicts.length - passed - excepted,
    disagreements,
  };
}

/** One line a group: cases, passed, exceptions, unexplained, disagreements. */
export function table(verdicts: readonly Verdict[], exceptions: Exceptions): string {
  const groups = Map.groupBy(verdicts, ({ group }) => group);
  const line = (name: string, counts: Tally): string =>
    name.padEnd(40) +
    Object.values(counts)
      .map((count) => String(count).padStart(14))
      .join("");
  const head =
    "group".padEnd(40) +
    ["cases", "passed", "exceptions", "unexplained", "disagreements"].map((title) => title.padStart(14)).join("");
  return [
    head,
    ...[...groups].map(([name, inGroup]) => line(name, tally(inGroup, exceptions))),
    line("all", tally(verdicts, exceptions)),
  ].join("\n");
}
