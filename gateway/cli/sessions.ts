import { Option } from "commander";
import type { SessionDetail, TimelineRow } from "../admin/routes/agent-sessions.ts";
import type { SessionRow } from "../domain/ports.ts";
import { keyOfRef } from "../domain/session-key.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, type ConsoleSession, withConsole } from "./common/console-client.ts";
import { effectWord, type Printer, table } from "./common/printer.ts";
import { CliFailure, exits, type Verb, wholeNumber } from "./common/verb.ts";

/** Most rows of one page of the console's API. */
const largestPage = 200;

interface ListOptions extends ConsoleOptions {
  readonly subject?: string;
  readonly session?: string;
  readonly after?: string;
  readonly limit: number;
}

const subjectOption = new Option("--subject <id>", "only of this agent");
const limitOption = (what: string) =>
  new Option("--limit <n>", `${what} (up to ${largestPage})`).default(50).argParser(wholeNumber);
const afterOption = new Option("--after <cursor>", "go on after the `next` of the last answer");

/** `sallyport sessions list` */
export const list: Verb = {
  usage: "list",
  summary: "sessions of agents, those of the latest call first",
  examples: ["sessions list", "sessions list --subject refund-bot", "sessions list --json | jq -r '.items[].ref'"],
  options: [
    ...consoleOptions,
    subjectOption,
    new Option("--session <id>", "only with this id"),
    limitOption("how many at most"),
    afterOption,
  ],
  async run({ printer }, options: ListOptions) {
    const { subject, session, after, limit } = options;
    const answer = await withConsole(options, (api) =>
      api.get(`/api/sessions?${queryOf({ subject, session, after }, limit)}`),
    );
    const rows = answer["items"] as readonly SessionRow[];
    printer.result(options.json, answer, listText(rows) + moreText(answer["next"]));
  },
};

function listText(rows: readonly SessionRow[]): string {
  if (rows.length === 0) return "No session. Whoever calls a tool has one, until the gateway restarts or it is idle.";
  const cells = rows.map(({ id, trust, subject, live, labels }) => [
    id,
    namedBy[trust],
    subject,
    live === null ? null : String(live.calls),
    live === null ? null : new Date(live.last).toISOString(),
    labels.map(({ label }) => label).join(", "),
  ]);
  const rest = rows.some(({ live }) => live === null)
    ? "\n–: no call since the gateway started, or none for as long as a session may be idle. Labels are in the store."
    : "";
  return table(["SESSION", "NAMED BY", "AGENT", "CALLS", "LATEST CALL", "LABELS"], cells) + rest;
}

const namedBy: Readonly<Record<SessionRow["trust"], string>> = {
  token: "token",
  transport: "MCP",
  self: "agent",
  trace: "trace",
  none: "nobody",
};

interface ShowOptions extends ListOptions {
  readonly issuer?: string;
}

/** `sallyport sessions show ID` */
export const show: Verb = {
  usage: "show <id>",
  summary: "one session: its labels, and its calls, the latest first",
  examples: ["sessions show s_01J9…", "sessions show s_01J9… --subject refund-bot --json | jq .timeline"],
  options: [
    ...consoleOptions,
    subjectOption,
    new Option("--issuer <url>", "only of this issuer; for agents of the same name"),
    limitOption("calls at most"),
    afterOption,
  ],
  async run({ printer }, options: ShowOptions, id: string) {
    const answer = await withConsole(options, async (api) => {
      const { ref } = await sessionOf(api, id, options);
      return api.get(`/api/sessions/${ref}?${queryOf({ after: options.after }, options.limit)}`);
    });
    const session = answer as unknown as SessionDetail;
    printer.result(options.json, answer, detailText(printer, session) + moreText(session.next));
  },
};

/** By its id, or by the `ref` of the list. @throws CliFailure session_unknown, session_ambiguous */
async function sessionOf(
  api: ConsoleSession,
  id: string,
  { subject, issuer }: ShowOptions,
): Promise<Pick<SessionRow, "ref">> {
  if (keyOfRef(id) !== null) return { ref: id };
  const listed = await api.get(`/api/sessions?${queryOf({ subject, session: id }, largestPage)}`);
  const found = (listed["items"] as readonly SessionRow[]).filter(
    (row) => issuer === undefined || row.issuer === issuer,
  );
  const [session, other] = found;
  if (session !== undefined && other === undefined) return session;
  if (session !== undefined) {
    const whose = found.map((row) => `${row.subject} of ${row.issuer} (named by ${namedBy[row.trust]}): ${row.ref}`);
    throw new CliFailure(
      exits.usage,
      "session_ambiguous",
      `${found.length} sessions have the id ${id}; say which: --subject, --issuer, or one of\n${whose.join("\n")}`,
    );
  }
  throw new CliFailure(
    exits.negative,
    "session_unknown",
    `No session ${id} is in memory or has labels; its calls may be in the log: decisions search --session ${id}.`,
  );
}

function detailText(printer: Printer, session: SessionDetail): string {
  const { id, trust, issuer, subject, live, labels, timeline } = session;
  const facts = [
    `Session ${id}, named by ${namedBy[trust]}, of ${subject} (${issuer})`,
    live === null
      ? "In memory: nothing. It has made no call since the gateway started, or was idle too long."
      : `In memory: ${live.calls} calls since ${new Date(live.since).toISOString()}, the latest at ${new Date(live.last).toISOString()}`,
  ];
  const labelRows = labels.map((label) => [
    label.label,
    label.of === "caller" ? "all of the caller's" : "this session's",
    new Date(label.since).toISOString(),
    new Date(label.ends).toISOString(),
  ]);
  return [
    escapeControls(facts.join("\n"), true),
    labels.length === 0 ? "Labels: none" : table(["LABEL", "WHOSE", "SINCE", "ENDS"], labelRows),
    timeline.length === 0
      ? "Calls: none in the decision log"
      : timeline.map((row) => callLine(printer, row)).join("\n"),
  ].join("\n\n");
}

function callLine(printer: Printer, row: TimelineRow): string {
  const labels = row.labels === null || row.labels.length === 0 ? "" : `+${row.labels.join(" +")}`;
  const destinations = (row.destinations ?? []).map((digest) => `→${digest}`).join(" ");
  const parts = [row.tool ?? row.action ?? "–", row.outcome ?? "no outcome", row.codes.join(" "), labels, destinations];
  const rest = [...parts, row.decision_id].filter((part) => part !== "").join("  ");
  return `${escapeControls(row.timestamp)}  ${effectWord(printer.colors, row.effect)}  ${escapeControls(rest)}`;
}

function moreText(next: unknown): string {
  return typeof next === "string" ? `\nMore: --after ${next}` : "";
}

function queryOf(filters: Readonly<Record<string, string | undefined>>, limit: number): string {
  const query = new URLSearchParams({ limit: String(Math.min(limit, largestPage)) });
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, value);
  return query.toString();
}
