import { escapeControls } from "../../../lib/look-alike.ts";
import { table } from "../../common/printer.ts";
import type { Figures, SetFigures } from "./figures.ts";
import { type Report, reportJson } from "./report.ts";
import { kinds } from "../read/session-schema.ts";

/** The replay without one rule; or why the policy does not compile without it. */
export type LeftOut =
  | { readonly rule: string; readonly report: Report }
  | { readonly rule: string; readonly report: null; readonly problem: string };

/** One line for each rule and set where something changes, and the names of the rules without which nothing does. */
export function leaveOutText(base: Report, left: readonly LeftOut[]): string {
  const rows = left.flatMap((one) => (one.report === null ? [] : changedRows(one.rule, base.sets, one.report.sets)));
  const changed = new Set(rows.map(([rule]) => rule));
  const idle = left.filter(({ rule, report }) => report !== null && !changed.has(rule)).map(({ rule }) => rule);
  const head = ["WITHOUT", "SET", ...kinds.map((kind) => `${kind} GOOD`.toUpperCase()), "ASKS", "HONEST CALLS DENIED"];
  const parts = [
    rows.length === 0 ? "" : table(head, rows),
    idle.length === 0 ? "" : `Nothing changes without any one of these: ${idle.join(", ")}`,
    ...left.flatMap((one) =>
      one.report === null ? [`Cannot be left out: ${one.rule}: ${firstLine(one.problem)}`] : [],
    ),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function firstLine(text: string): string {
  return escapeControls(text.split("\n")[0] ?? "");
}

function changedRows(rule: string, base: readonly SetFigures[], sets: readonly SetFigures[]): string[][] {
  return sets.flatMap(({ set, kinds: now }, index) => {
    const before = base[index]?.kinds ?? [];
    const good = kinds.map((kind) => [sum("good", ofKind(kind, now)), sum("good", ofKind(kind, before))] as const);
    const others = (["asks", "denied"] as const).map((field) => [sum(field, now), sum(field, before)] as const);
    const cells = [...good, ...others];
    if (cells.every(([after, earlier]) => after === earlier)) return [];
    return [[rule, set, ...cells.map(([after, earlier]) => withChange(after, earlier))]];
  });
}

function ofKind(kind: string, figures: readonly Figures[]): Figures[] {
  return figures.filter((one) => one.kind === kind);
}

function sum(field: "good" | "asks" | "denied", figures: readonly Figures[]): number {
  return figures.reduce((total, one) => total + one[field], 0);
}

/** `61 (-2)`; the number alone when it is the same. */
export function withChange(after: number, before: number): string {
  const change = after - before;
  if (change === 0) return String(after);
  return `${after} (${change > 0 ? "+" : "-"}${Math.abs(change)})`;
}

export function leaveOutJson(left: readonly LeftOut[]): object[] {
  return left.map((one) =>
    one.report === null
      ? { rule: one.rule, problem: one.problem }
      : { rule: one.rule, sets: reportJson(one.report)["sets"] },
  );
}
