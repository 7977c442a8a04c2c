import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { headerIn } from "../../../../gateway/record/segment-header.ts";
import type { Random } from "../../check.ts";
import type { Said } from "../both-verifiers.ts";
import { MutableLog, segmentsIn } from "./files.ts";
import { lineMutations } from "./line-mutations.ts";
import type { LogState } from "./log-states.ts";

/** A copy of a log in which something was changed. */
export interface ChangedLog {
  readonly dir: string;
  /** Nothing in the log gives it away: a verifier is given a checkpoint that was kept elsewhere. */
  readonly needsCheckpoint: boolean;
  readonly changes: readonly Change[];
}

export interface Change {
  readonly what: string;
  /** Whether what a verifier says is about this change and no other one in the log. */
  isFound(said: Said): boolean;
}

const needsCheckpoint: ReadonlySet<string> = new Set(["earlier state"]);

/** A kind that does the same so often again has no more to give. */
const MOST_REPEATED = 3;

/** Logs with one change each, of all kinds in turn, as long as there are different ones. */
export function* oneByOne(
  { dir, kinds }: LogState,
  { folder, random, rounds = Infinity }: { readonly folder: string; readonly random: Random; readonly rounds?: number },
): Generator<ChangedLog> {
  const left = new Map(Object.keys(kinds).map((name) => [name, MOST_REPEATED]));
  const done = new Set<string>();
  for (let [round, at] = [0, 0]; left.size > 0 && round < rounds; round += 1)
    for (const [name, repeated] of left) {
      const log = MutableLog.of(dir, join(folder, `changed-${(at += 1)}`));
      const detail = kinds[name]?.(log, random) ?? null;
      const what = `${name}: ${String(detail)}`;
      if (detail === null || done.has(what)) {
        rmSync(log.dir, { recursive: true });
        if (detail !== null && repeated === 1) left.delete(name);
        else if (detail !== null) left.set(name, repeated - 1);
        continue;
      }
      done.add(what);
      const isFound = (said: Said): boolean => said.length > 0;
      yield { dir: log.dir, needsCheckpoint: needsCheckpoint.has(name), changes: [{ what, isFound }] };
    }
}

/** Kinds that take two segments. */
const ofTwo: ReadonlySet<string> = new Set(["line of another segment", "segments exchanged"]);

/**
 * Logs with a change of lines in every other segment. Each has to be found by itself: a verifier has to name the segment, or lines that
 * are missing and belong to no other one.
 */
export function* manyAtOnce(
  { dir }: LogState,
  { folder, random }: { readonly folder: string; readonly random: Random },
): Generator<ChangedLog> {
  const leaves = leavesOf(dir);
  const names = Object.keys(lineMutations);
  for (let [at, next] = [0, 0]; ; at += 1) {
    const log = MutableLog.of(dir, join(folder, `many-${at}`));
    const free = shuffled([...leaves.keys()].filter((_, index) => index % 2 === 0).slice(0, -1), random);
    const changes: Change[] = [];
    for (; free.length > 1; next += 1) {
      const name = names[next % names.length] ?? "";
      const segments = free.splice(0, ofTwo.has(name) ? 2 : 1);
      const detail = lineMutations[name]?.(log.only(segments), random) ?? null;
      if (detail === null) continue;
      const isFound = (said: Said): boolean =>
        segments.every((file) => said.some((problem) => isAbout(problem, file, leaves.get(file))));
      changes.push({ what: `${name}: ${detail}`, isFound });
    }
    yield { dir: log.dir, needsCheckpoint: false, changes };
  }
}

interface Leaves {
  readonly from: number;
  readonly to: number;
}

function isAbout(problem: string, file: string, leaves: Leaves | undefined): boolean {
  if (problem.includes(file)) return true;
  const [, from, last] = /lines (\d+) to (\d+) (?:of the log )?are gone/.exec(problem) ?? [];
  return from !== undefined && leaves !== undefined && Number(from) >= leaves.from && Number(last) < leaves.to;
}

/** By segment, in their order; without the last one, whose end no other tells. */
function leavesOf(dir: string): Map<string, Leaves> {
  const begins = segmentsIn(dir).map((file) => {
    const [first = ""] = readFileSync(join(dir, file), "latin1").split("\n", 1);
    return { file, from: headerIn(first)?.leaf ?? Number.NaN };
  });
  return new Map(
    begins.slice(0, -1).map(({ file, from }, at) => [file, { from, to: begins[at + 1]?.from ?? Number.NaN }]),
  );
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
