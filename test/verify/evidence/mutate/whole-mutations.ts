import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../check.ts";
import { filesIn, type MutableLog, segmentsIn } from "./files.ts";
import type { Mutation } from "./line-mutations.ts";

/**
 * Parts of another log, or all of an earlier state of this one. `other`: a log of another gateway; `earlier`: this log as it was,
 * which nothing in it gives away: a checkpoint that was kept elsewhere does. `shortened`: this log after somebody removed a segment, and
 * retention those around it.
 */
export function wholeMutations(other: string, earlier: string, shortened: string): Readonly<Record<string, Mutation>> {
  return {
    "segment removed and retention past it": (log) => {
      replace(log, shortened, () => true);
      return "a segment was removed, and retention then removed those around it";
    },
    "segment of another log": (log, random) => {
      const segment = random.pick(log.segments());
      const found = random.pick(segmentsIn(other));
      log.remove(segment);
      cpSync(join(other, found), join(log.dir, segment));
      return `${segment} is ${found} of another log`;
    },
    "lines of another log": (log) => {
      replace(log, other, (file) => file.startsWith("decisions-"));
      return "all segments are those of another log";
    },
    "tree of another log": (log) => {
      replace(log, other, (file) => file.startsWith("tlog/"));
      return "the tree is that of another log";
    },
    "another log": (log) => {
      replace(log, other, () => true);
      return "it is another log";
    },
    "earlier state": (log) => {
      replace(log, earlier, () => true);
      return "it is what it was earlier";
    },
    "earlier lines": (log) => {
      replace(log, earlier, (file) => file.startsWith("decisions-"));
      return "the lines are what they were earlier";
    },
    "earlier tree": (log) => {
      replace(log, earlier, (file) => file.startsWith("tlog/"));
      return "the tree is what it was earlier";
    },
    "tile of another log": (log, random: Random) => {
      const needed = new Set(log.neededTiles());
      const tile = random.pick(filesIn(other).filter((file) => needed.has(file)));
      log.remove(tile);
      cpSync(join(other, tile), join(log.dir, tile));
      return `${tile} is that of another log`;
    },
  };
}

function replace(log: MutableLog, from: string, isMeant: (file: string) => boolean): void {
  for (const file of filesIn(log.dir).filter(isMeant)) log.remove(file);
  for (const file of filesIn(from).filter(isMeant)) cpSync(join(from, file), join(log.dir, file), { recursive: true });
}
