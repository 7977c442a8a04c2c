import type { ReceiptClaims } from "../../approvals/receipts.ts";
import { escapeHtml } from "../../lib/escape-html.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { receiptKeysText, type Report, uncoveredText } from "./reported-approvals.ts";

type Row = readonly (string | number)[];

const style = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
pre{overflow-x:auto;background:#f6f6f6;padding:.75rem}.no{color:#a00;font-weight:bold}`;

/** The report as one page without scripts or anything from elsewhere. Texts come from callers and people: none is markup. */
export function reportPage(report: Report): string {
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sallyport: evidence since ${shown(report.since)}</title>`,
    `<style>${style}</style><h1>Evidence since ${shown(report.since)}</h1>`,
    `<p>Made at ${shown(report.made_at)}. ${verdict(report)}</p>`,
    ...(report.log.uncovered === 0 ? [] : [`<p>Not proven: ${shown(uncoveredText(report))}.</p>`]),
    policies(report),
    decisions(report),
    approvals(report),
    revocations(report),
    log(report),
    "</html>\n",
  ].join("\n");
}

function verdict({ ok, log: of }: Report): string {
  if (ok) return "The log holds, and every receipt in it.";
  return `<span class="no">${of.ok ? "A receipt does not hold." : "The log does not hold."}</span>`;
}

function policies({ policies: judged }: Report): string {
  const rows = judged.map(({ revision, digest, first, last, decisions: count }) => [
    ...[revision, digest, first, last, count],
  ]);
  return section("Policies that judged", ["Revision", "Digest", "First decision", "Last decision", "Decisions"], rows);
}

function decisions({ decisions: { total, by_effect: of, by_rule } }: Report): string {
  const rows = by_rule.map(({ rule, allow, deny, hold }) => [rule, allow, deny, hold]);
  const sums = ["All decisions, each once", of.allow, of.deny, of.hold];
  return section(`Decisions by rule (${total})`, ["Rule", "Allow", "Deny", "Hold"], [...rows, sums]);
}

function approvals(report: Report): string {
  const rows = report.approvals.flatMap(({ approval, receipts }) =>
    receipts.map(({ at, problem, claims }) => [
      ...[approval, at, claims?.state ?? "", claims?.tool ?? "", votesOf(claims?.votes ?? [])],
      problem ?? "holds",
    ]),
  );
  const table = section("Approvals", ["Approval", "Receipt of", "State", "Tool", "Votes", "Receipt"], rows);
  return `${table}<p>Receipts: ${shown(receiptKeysText(report))}.</p>`;
}

function votesOf(votes: ReceiptClaims["votes"]): string {
  return votes.map(({ vote, approver, at, method }) => `${vote}: ${approver}, ${at}, ${method}`).join("; ");
}

function revocations({ revocations: ended }: Report): string {
  const rows = ended.map(({ timestamp, action, id, target, by, reason }) => [
    ...[timestamp, action, id, JSON.stringify(target), by, reason],
  ]);
  return section("Revocations", ["At", "What", "Id", "Whose", "By", "Reason"], rows);
}

function log({ log: of, checkpoint, keys, unread }: Report): string {
  const rows = [
    ...[
      ["Log", of.log],
      ["Lines", of.lines],
      ["Removed by retention", of.pruned],
      ["Behind the newest checkpoint", of.uncovered],
    ],
    ...[
      ["Decisions", of.decisions],
      ["Without an outcome", of.unfinished],
      ["Receipts that hold", of.receipts],
    ],
    ...[
      ["Keys", of.keys === "given" ? "given" : "those that the log names"],
      ["Problems", of.problem_count],
      ["Root", of.root],
    ],
    ...unread.map((problem) => ["Not in this report", problem]),
    ...of.problems.map(({ code, place, detail }) => [code, `${place} ${detail}`]),
  ];
  return [
    section("The log, all of it", ["What", "Found"], rows),
    `<p>The newest checkpoint, and the verifier keys that the log names:</p><pre>${shown(checkpoint, true)}\n${shown(keys.join("\n"), true)}</pre>`,
  ].join("\n");
}

function section(title: string, heads: readonly string[], rows: readonly Row[]): string {
  const cells = (tag: string, values: Row) =>
    values.map((value) => `<${tag}>${shown(String(value))}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  const table = `<table><tr>${cells("th", heads)}</tr>\n${body}</table>`;
  return `<h2>${shown(title)}</h2>${rows.length === 0 ? "<p>None.</p>" : table}`;
}

function shown(text: string, keepsLines = false): string {
  return escapeHtml(escapeControls(text, keepsLines));
}
