import { notAskedLines } from "../../../bundles/require/unfulfilled.ts";
import type { Counted, Difference, KindTally, ReplayReport } from "../../../domain/policy-change.ts";
import type { Tally } from "../../../impact/tally.ts";
import { nothingRecorded } from "./report-text.ts";

/** What a pull request is told of a change, in GitHub's Markdown. `uncompared`: why it is no comparison; null when it is one. */
export function impactMarkdown(golden: Tally, report: ReplayReport, uncompared: string | null): string {
  const widened = golden.widened + report.widened;
  const parts = [
    "### Impact of this policy change",
    ...verdict(widened, uncompared),
    ...notAskedLines(report).map((line) => `**Not compared:** ${line}.`),
    ...kindsMarkdown(`${golden.same + golden.changed} golden cases, ${golden.changed} changed`, golden.kinds()),
  ];
  if (report.decisions === 0) parts.push(nothingRecorded);
  else {
    const { compared, decisions, changed, notCompared } = report;
    parts.push(
      ...kindsMarkdown(`${compared} of ${decisions} recorded decisions compared, ${changed} changed`, report.kinds),
    );
    if (notCompared.total > 0)
      parts.push(`${notCompared.total} decisions could not be compared (${countedText(notCompared.places)}).`);
  }
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function verdict(widened: number, uncompared: string | null): string[] {
  const nothing = uncompared === null ? [] : [`**No pass:** ${uncompared}.`];
  if (widened > 0) return [...nothing, `**Widens:** ${widened} answers let something through that the base does not.`];
  if (uncompared !== null) return nothing;
  return ["Of what was compared, nothing is let through that the base does not let through."];
}

function kindsMarkdown(title: string, kinds: readonly KindTally[]): string[] {
  const head = `#### ${title}`;
  if (kinds.length === 0) return [head];
  const rows = kinds.map(
    ({ kind, widens, count, tools, subjects }) =>
      `| ${cell(kind)}${widens ? " ⚠ widens" : ""} | ${count} | ${countedText(tools)} | ${countedText(subjects)} |`,
  );
  const table = ["| change | answers | tools | subjects |", "| --- | ---: | --- | --- |", ...rows].join("\n");
  return [head, table, ...kinds.flatMap(({ examples }) => examples).map(exampleText)];
}

/** Names of one cell; the others are counted. */
const mostNames = 5;

function countedText(counted: readonly Counted[]): string {
  const named = counted.slice(0, mostNames).map(({ name, count }) => `${cell(name)} ${count}`);
  const others = counted.slice(mostNames).reduce((sum, { count }) => sum + count, 0);
  return [...named, ...(others === 0 ? [] : [`others ${others}`])].join(", ");
}

function exampleText({ of, tool, subject, before, after }: Difference): string {
  const said = ({ effect, reasons }: Difference["before"]): string =>
    `${cell(effect)} ${reasons.map(({ code }) => cell(code)).join(", ")}`;
  return `- ${cell(of)}: ${cell(tool)} by ${cell(subject)}: was ${said(before)}, is ${said(after)}`;
}

/** As code, so that no name is read as Markdown, HTML or a mention. */
function cell(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}`|]/gu, "·");
  return plain === "" ? "" : `\`${plain}\``;
}
