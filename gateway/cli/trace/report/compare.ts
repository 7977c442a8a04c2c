import { escapeControls } from "../../../lib/look-alike.ts";
import { table } from "../../common/printer.ts";
import { isGood } from "./figures.ts";
import { type Report, reportJson } from "./report.ts";
import { percent } from "./report-text.ts";
import type { ReplayedSession } from "../replay/replay.ts";

/** Both policies side by side, and the sessions of which they made something else. Those that are held out are not named. */
export function compareText(one: Report, other: Report): string {
  const rows = one.sets.flatMap(({ set, kinds }, index) =>
    kinds.map((figures) => {
      const there = other.sets[index]?.kinds.find(({ kind }) => kind === figures.kind);
      return [
        ...[set, figures.kind, percent(figures.share), percent(there?.share ?? null)],
        ...[figures, there].map((of) => of?.asksPerSession?.toFixed(2) ?? "–"),
        ...[figures, there].map((of) => String(of?.denied ?? "–")),
      ];
    }),
  );
  const head = ["SET", "KIND", "GOOD HERE", "THERE", "ASKS HERE", "THERE", "DENIED HERE", "THERE"];
  const parts = [`Compared with ${other.policy.name} (there):`, table(head, rows)];
  const named = differing(one, other).filter(({ here }) => !here.session.heldOut);
  if (named.length > 0) parts.push(["Sessions that differ:", ...named.map(differenceText)].join("\n"));
  return parts.join("\n\n");
}

interface Difference {
  readonly here: ReplayedSession;
  readonly there: ReplayedSession;
}

function differing(one: Report, other: Report): Difference[] {
  const there = new Map(other.sessions.map((replayed) => [replayed.session.id, replayed]));
  return one.sessions.flatMap((here) => {
    const same = there.get(here.session.id);
    return same === undefined || isGood(here) === isGood(same) ? [] : [{ here, there: same }];
  });
}

function differenceText({ here, there }: Difference): string {
  return escapeControls(`  ${here.session.id}  here ${verdict(here)}, there ${verdict(there)}`);
}

function verdict(replayed: ReplayedSession): string {
  const words = replayed.session.kind === "attack" ? ["contained", "came through"] : ["untouched", "touched"];
  return words[isGood(replayed) ? 0 : 1] ?? "";
}

/** For programs: the other policy's whole report, and the ids of the sessions of which they made something else. */
export function compareJson(one: Report, other: Report): object {
  return { ...reportJson(other), differing: differing(one, other).map(({ here }) => here.session.id) };
}
