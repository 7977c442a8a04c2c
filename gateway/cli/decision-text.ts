import type { DecisionRow } from "../domain/ports.ts";
import type { Printer } from "./printer.ts";
import { effectWord } from "./printer.ts";
import { visible } from "./visible.ts";

/** One decision on one line: when (with the day: a log goes back further than today), what, who, which tool, why. */
export function decisionLine(printer: Printer, row: DecisionRow): string {
  const why = row.message === null ? row.codes.join(" ") : `${row.codes.join(" ")} ${row.message}`;
  const rest = [row.subject ?? "–", toolOf(row), row.outcome ?? "", why, row.decision_id].filter((part) => part !== "");
  return `${visible(row.timestamp)}  ${effectWord(printer.colors, row.effect)}  ${visible(rest.join("  "))}`;
}

export function decisionLines(printer: Printer, rows: readonly DecisionRow[]): string {
  if (rows.length === 0) return "No decision matches. Every call the gateway judges appears here.";
  return rows.map((row) => decisionLine(printer, row)).join("\n");
}

/** Of protocol traffic the method says more than the server's name. */
function toolOf({ tool, action }: DecisionRow): string {
  return action === null || action === "tools/call" ? (tool ?? "–") : `${tool ?? "–"} ${action}`;
}
