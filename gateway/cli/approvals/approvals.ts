import { Option } from "commander";
import type { ApprovalCard, ApprovalRow } from "../../admin/approval-view.ts";
import type { Quorum } from "../../domain/decision.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "../common/console-client.ts";
import { type Printer, table } from "../common/printer.ts";
import { type Verb, wholeNumber, CliFailure, exits } from "../common/verb.ts";

interface ListOptions extends ConsoleOptions {
  readonly state: string;
  readonly limit: number;
}

/** `sallyport approvals list` */
export const list: Verb = {
  usage: "list",
  summary: "calls that wait for a person, or that were decided",
  examples: ["approvals list", "approvals list --state closed --json"],
  options: [
    ...consoleOptions,
    new Option("--state <state>", "open or closed").choices(["open", "closed"]).default("open"),
    new Option("--limit <n>", "how many at most").default(50).argParser(wholeNumber),
  ],
  async run({ printer }, options: ListOptions) {
    const answer = await withConsole(options, (session) =>
      session.get(`/api/approvals?state=${options.state}&limit=${options.limit}`),
    );
    printer.result(options.json, answer, approvalTable(answer["items"] as ApprovalRow[], Number(answer["now"])));
  },
};

/** `sallyport approvals show ID` */
export const show: Verb = {
  usage: "show <id>",
  summary: "one held call, complete",
  examples: ["approvals show a_2ZqX…", "approvals show a_2ZqX… --json"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, id: string) {
    const card = await withConsole(options, (session) => session.get(`/api/approvals/${encodeURIComponent(id)}`));
    printer.result(options.json, card, approvalText(card as unknown as ApprovalCard, Number(card["now"])));
  },
};

/** `sallyport approvals watch`: one line for each change, until Ctrl-C. */
export const watch: Verb = {
  usage: "watch",
  summary: "follow holds and decisions as they happen",
  examples: ["approvals watch", "approvals watch --json | jq .summary"],
  options: consoleOptions,
  async run({ printer, stop }, options: ConsoleOptions) {
    await withConsole(options, async (session) => {
      const open = (await session.get("/api/approvals?state=open"))["items"] as ApprovalRow[];
      for (const row of open.toReversed()) printRow(printer, options.json, row);
      for await (const { name, data } of session.events(stop)) {
        if (name === "approval") printRow(printer, options.json, data as ApprovalRow);
        if (name === "ended")
          throw new CliFailure(exits.unreachable, "session_ended", "The console ended the session; sign in again.");
      }
      if (!stop.aborted) throw new CliFailure(exits.unreachable, "events_ended", "The console closed the stream.");
    });
  },
};

function printRow(printer: Printer, json: boolean, row: ApprovalRow): void {
  const text = `${row.state.padEnd(9)}  ${row.id}  ${row.agent}  ${row.tool}  ${row.summary}`;
  printer.result(json, row, escapeControls(text));
}

function approvalTable(rows: readonly ApprovalRow[], now: number): string {
  if (rows.length === 0) return "Nothing here. Calls that a policy holds for a person appear here.";
  const cells = rows.map((row) => [row.id, row.state, timeLeft(row, now), row.agent, row.tool, row.summary]);
  return table(["ID", "STATE", "LEFT", "AGENT", "TOOL", "SUMMARY"], cells);
}

function timeLeft(row: ApprovalRow, now: number): string | null {
  if (row.state === "held") return timeSpan(row.approve_by - now);
  return row.state === "approved" && row.execute_by !== null ? timeSpan(row.execute_by - now) : null;
}

/** "4m 10s"; "over" from zero down. */
export function timeSpan(ms: number): string {
  if (ms <= 0) return "over";
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

/** The whole binding, never shortened: a person approves exactly what is shown. */
export function approvalText(card: ApprovalCard, now: number): string {
  const { binding, reasons, requirement } = card.approval;
  const query = binding.query.length === 0 ? "" : ` ${JSON.stringify(binding.query)}`;
  const lines: [string, string | null][] = [
    ["id", card.id],
    ["state", `${card.state}${card.state === "held" ? `, ${timeSpan(card.approve_by - now)} left to decide` : ""}`],
    ["what", card.summary],
    ["tool", `${card.tool} (${card.sensitivity ?? "unknown"} sensitivity, ${reversibility(card.reversible)})`],
    ["request", `${binding.method} ${binding.origin}${binding.path}${query}`],
    ["agent", `${card.agent} (${binding.subject.issuer})`],
    ["acting for", card.acting_for],
    ["session", binding.session],
    ["needs", requirement.require.map(quorumText).join(", ")],
    ["digest", card.action_digest],
    ...reasons.map(({ code, message, rule }): [string, string] => ["why", `${code}: ${message} (${rule})`]),
    ...card.votes.map(({ vote, approver, reason }): [string, string] => [
      "vote",
      `${vote} by ${approver}${reason === null ? "" : `: ${reason}`}`,
    ]),
  ];
  const sent =
    binding.arguments === null
      ? `not read; body ${binding.body_digest ?? "empty"}`
      : JSON.stringify(binding.arguments, null, 2);
  return [...lines.map(factLine), "arguments", escapeControls(sent, true)].join("\n");
}

/** One named value on one line, for `approvals show` and receipts. */
export function factLine([name, value]: readonly [string, string | null]): string {
  return `${name.padEnd(11)} ${escapeControls(value ?? "–")}`;
}

function quorumText({ role, count, outside_team }: Quorum): string {
  return `${count} × ${role}${outside_team === undefined ? "" : ` not of ${outside_team}`}`;
}

function reversibility(reversible: boolean | null): string {
  if (reversible === null) return "unknown whether it can be undone";
  return reversible ? "can be undone" : "cannot be undone";
}
