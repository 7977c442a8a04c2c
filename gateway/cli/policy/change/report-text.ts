import { notAskedLines } from "../../../bundles/require/unfulfilled.ts";
import type { Counted, Difference, KindTally, ReplayReport } from "../../../domain/policy-change.ts";
import { escapeControls } from "../../../lib/look-alike.ts";
import type { Printer } from "../../common/printer.ts";

type Colors = Printer["colors"];

/** Names of one line; the others are counted. */
const mostNames = 6;

/** Said where the log has no decision of the range, or there is no log. */
export const nothingRecorded = "No recorded decision was compared.";

/** Why recorded decisions that were asked for are no comparison; null when one of them was compared. */
export function whyUncompared({ compared, decisions }: ReplayReport): string | null {
  if (compared > 0) return null;
  return decisions > 0
    ? `none of the ${decisions} recorded decisions could be compared`
    : "there is no recorded decision in the range";
}

export function noPass(uncompared: string): string {
  return `This is no pass: ${uncompared}.`;
}

/** What has changed, widenings first, and what was not compared. */
export function replayText({ colors }: Printer, report: ReplayReport, perSecond: number): string {
  const { decisions, compared, changed, widened } = report;
  const counts = `${compared} compared: ${changed} changed, ${widened} of them widened (${perSecond} a second)`;
  const head = decisions === 0 ? nothingRecorded : `${decisions} recorded decisions, ${counts}`;
  return [
    head,
    ...kindLines(colors, report.kinds),
    ...notComparedLines(report.notCompared),
    ...notAskedLines(report).flatMap((line) => ["", `not compared  ${line}`]),
    ...asRecordedLines(report),
  ].join("\n");
}

/** The same for scripts. */
export function replayJson(report: ReplayReport): Record<string, unknown> {
  const { decisions, compared, same, changed, widened, kinds, notCompared, notAsked, asRecorded } = report;
  const not_compared = notComparedJson(notCompared);
  const not_asked = notAsked === undefined ? {} : { not_asked: notAsked };
  return { decisions, compared, same, changed, widened, kinds, not_compared, ...not_asked, as_recorded: asRecorded };
}

export function notComparedJson({ noInput, ...others }: ReplayReport["notCompared"]): Record<string, unknown> {
  return { ...others, no_input: noInput };
}

export function kindLines(colors: Colors, kinds: readonly KindTally[]): string[] {
  return kinds.flatMap(({ kind, widens, count, tools, subjects, examples }) => {
    const head = `${kind}  ${count}${widens ? "  widens" : ""}`;
    return [
      "",
      widens ? colors.red(head) : head,
      `  tools     ${countedText(tools)}`,
      `  subjects  ${countedText(subjects)}`,
      ...examples.flatMap(exampleLines),
    ];
  });
}

function exampleLines({ of, at, tool, subject, before, after }: Difference): string[] {
  const reasons = ({ effect, reasons: all }: Difference["before"]): string =>
    `${effect} ${all.map(({ code, rule }) => `${code} (${rule})`).join(", ")}`;
  const head = [at, of, tool, subject].filter((part) => part !== null).join("  ");
  return [`  ${head}`, `    was ${reasons(before)}`, `    now ${reasons(after)}`].map((line) => escapeControls(line));
}

function countedText(counted: readonly Counted[]): string {
  const named = counted.slice(0, mostNames).map(({ name, count }) => `${name} ${count}`);
  const others = counted.slice(mostNames).reduce((sum, { count }) => sum + count, 0);
  return escapeControls([...named, ...(others === 0 ? [] : [`others ${others}`])].join(" · "));
}

export function notComparedLines({ total, gateway, noInput, places }: ReplayReport["notCompared"]): string[] {
  if (total === 0) return [];
  const lines = [`not compared  ${total}`];
  if (gateway > 0) lines.push(`  ${gateway} that the gateway refused by itself, whatever the policy says`);
  if (noInput > 0) lines.push(`  ${noInput} of which the record keeps no input`);
  if (places.length > 0) lines.push(`  by what the policy reads and nobody can know any more: ${countedText(places)}`);
  return ["", ...lines];
}

export function asRecordedLines({ asRecorded }: Pick<ReplayReport, "asRecorded">): string[] {
  return asRecorded.length === 0 ? [] : ["", `read as it was recorded  ${countedText(asRecorded)}`];
}
