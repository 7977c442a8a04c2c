import { readFileSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import type { TaskDetail } from "../admin/routes/tasks.ts";
import type { LeaseView } from "../domain/lease.ts";
import type { ClosedLease } from "../domain/ports.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { momentForms, timeOption } from "./common/moment.ts";
import { countsText, unansweredText } from "./common/ended-text.ts";
import { effectWord, type Printer, table } from "./common/printer.ts";
import { CliFailure, collect, exits, type Verb, wholeNumber } from "./common/verb.ts";

interface ListOptions extends ConsoleOptions {
  readonly state: string;
  readonly parent?: string;
  readonly limit: number;
  readonly after?: string;
}

const limitOption = (what: string) =>
  new Option("--limit <n>", `${what} (up to 200)`).default(50).argParser(wholeNumber);
const afterOption = new Option("--after <cursor>", "go on after the `next` of the last answer");

/** `sallyport tasks list` */
export const list: Verb = {
  usage: "list",
  summary: "tasks, the latest first",
  examples: ["tasks list", "tasks list --state all", "tasks list --json | jq -r '.items[].id'"],
  options: [
    ...consoleOptions,
    new Option("--state <state>", "which").choices(["open", "ended", "all"]).default("open"),
    new Option("--parent <id>", "only the parts of this task"),
    limitOption("how many at most"),
    afterOption,
  ],
  async run({ printer }, { state, parent, limit, after, ...options }: ListOptions) {
    const query = queryOf({ state, parent, limit: String(limit), after });
    const answer = await withConsole(options, (session) => session.get(`/api/tasks?${query}`));
    printer.result(options.json, answer, listText(answer["items"] as LeaseView[]) + moreText(answer["next"]));
  },
};

function listText(rows: readonly LeaseView[]): string {
  if (rows.length === 0) return "No task.";
  const cells = rows.map((row) => [row.id, row.state, row.purpose, row.opened_by.id, row.ends_at, usedText(row)]);
  return table(["TASK", "STATE", "PURPOSE", "OPENED BY", "ENDS", "USED"], cells);
}

/** What is used of each limit; of what is not limited, the number of calls alone. */
function usedText({ used, limits }: LeaseView): string {
  const parts = [limits.calls === null ? `${used.calls} calls` : `${used.calls} of ${limits.calls} calls`];
  if (limits.concurrent !== null) parts.push(`${used.concurrent} of ${limits.concurrent} under way`);
  for (const [unit, most] of Object.entries(limits.spend)) parts.push(`${used.spend[unit] ?? "0"} of ${most} ${unit}`);
  return parts.join(", ");
}

interface ShowOptions extends ConsoleOptions {
  readonly limit: number;
  readonly after?: string;
}

/** `sallyport tasks show ID` */
export const show: Verb = {
  usage: "show <id>",
  summary: "one task: its limits, what is used of them, and its calls, the latest first",
  examples: ["tasks show t_01J9…", "tasks show t_01J9… --json | jq .used"],
  options: [...consoleOptions, limitOption("calls at most"), afterOption],
  async run({ printer }, { limit, after, ...options }: ShowOptions, id: string) {
    const path = `/api/tasks/${encodeURIComponent(id)}?${queryOf({ limit: String(limit), after })}`;
    const answer = await withConsole(options, (session) => session.get(path));
    const task = answer as unknown as TaskDetail;
    printer.result(options.json, answer, detailText(printer, task) + moreText(task.next));
  },
};

function detailText(printer: Printer, task: TaskDetail): string {
  const { id, state, purpose, text, above, parts, ended, timeline } = task;
  const who = task.agents.map(({ subject, client, issuer }) => `${subject ?? `client ${client}`} (${issuer ?? "any"})`);
  const lines = [
    `Task ${id}, ${state}: ${purpose}`,
    ...(text === null ? [] : [`Text: ${text}`]),
    `Opened by ${task.opened_by.id} at ${task.opened_at}; ends at ${task.ends_at}`,
    ...(ended === null ? [] : [`Ended by ${ended.by} at ${ended.at}: ${ended.reason}`]),
    `For ${task.serves ?? "nobody in particular"}, by ${who.join(", ")}`,
    `Tools: ${task.tools.join(", ")}`,
    `Targets: ${task.targets?.join(", ") ?? "any"}`,
    `Used: ${usedText(task)}`,
    ...(above.length === 0 ? [] : [`A part of ${above.map((one) => one.id).join(", a part of ")}`]),
    ...(parts.length === 0 ? [] : [`Parts: ${parts.map((part) => `${part.id} (${part.state})`).join(", ")}`]),
  ];
  const calls = timeline.map(({ timestamp, effect, tool, codes }) =>
    [timestamp, effectWord(printer.colors, effect), tool ?? "the task", ...codes].join("  "),
  );
  const facts = escapeControls(lines.join("\n"), true);
  return [facts, ...(calls.length === 0 ? ["Nothing was done in it."] : ["", ...calls])].join("\n");
}

interface OpenOptions extends ConsoleOptions {
  readonly purpose: string;
  readonly textFile?: string;
  readonly tool: readonly string[];
  readonly target: readonly string[];
  readonly agent: readonly string[];
  readonly client: readonly string[];
  readonly issuer?: string;
  readonly serves?: string;
  readonly calls?: number;
  readonly concurrent?: number;
  readonly spend: readonly (readonly [string, string])[];
  readonly time?: string;
  readonly until?: string;
  readonly parent?: string;
}

const many = (flags: string, description: string) =>
  new Option(flags, `${description}; may be given several times`).argParser(collect).default([]);

/** `sallyport tasks open` */
export const open: Verb = {
  usage: "open",
  summary: "open a task: what an agent may do, for whom, within which limits",
  examples: [
    'tasks open --purpose "Refund order 881" --tool "payments/*" --target 881 --agent refund-bot --spend EUR=120 --time 20m',
    'tasks open --purpose "Read the ledger" --parent t_01J9… --tool ledger/read --calls 10',
  ],
  options: [
    ...consoleOptions,
    new Option("--purpose <text>", "what it is for, in one line").makeOptionMandatory(),
    new Option("--text-file <file>", "the whole task as text, when the purpose does not say all"),
    many("--tool <server/tool>", "what it may call: server/tool, or server/* for all of a server"),
    many("--target <value>", "what it may be done to: a value, a host or a domain"),
    many("--agent <id>", "who may use it: subject of the agent's token"),
    many("--client <id>", "who may use it: OAuth client of the agent's token"),
    new Option("--issuer <url>", "of these agents; default: the only issuer"),
    new Option("--serves <person>", "the person that it is done for"),
    new Option("--calls <n>", "how many calls at most").argParser(wholeNumber),
    new Option("--concurrent <n>", "how many calls at once").argParser(wholeNumber),
    new Option("--spend <unit=amount>", "how much it may cost, such as EUR=120; may be given several times")
      .argParser(spendOption)
      .default([]),
    new Option("--time <duration>", "how long it lasts, such as 20m").conflicts("until"),
    new Option("--until <time>", `when it ends: ${momentForms}`).argParser(timeOption),
    new Option("--parent <id>", "open it as a part of this task, which can only be narrower"),
  ],
  async run({ printer }, options: OpenOptions) {
    const body = wishOf(options);
    const answer = await withConsole(options, (session) => session.post("/api/tasks", body));
    const { id, ends_at: end } = answer as unknown as LeaseView;
    const next = `Its agents exchange their tokens for tokens of the task at POST /tasks/${id}/token.`;
    printer.result(options.json, answer, `Task ${id} is open until ${end}. ${next}`);
  },
};

function spendOption(value: string, before: OpenOptions["spend"]): OpenOptions["spend"] {
  const [unit, amount] = value.split("=", 2);
  if (unit === undefined || amount === undefined || unit === "" || amount === "")
    throw new InvalidArgumentError("Expected an amount such as EUR=120.");
  return [...before, [unit, amount]];
}

/** As the console's API has it: what is not said is left out. @throws CliFailure file_unreadable */
function wishOf(options: OpenOptions): object {
  const { purpose, tool, target, agent, client, issuer, serves, parent, spend, calls, concurrent, time, until } =
    options;
  const of = issuer === undefined ? {} : { issuer };
  const agents = [...agent.map((subject) => ({ subject, ...of })), ...client.map((id) => ({ client: id, ...of }))];
  return {
    ...present({ purpose, serves, parent, text: textOf(options) }),
    ...unlessEmpty({ tools: tool, targets: target, agents }),
    limits: present({
      calls,
      concurrent,
      time,
      until,
      spend: spend.length === 0 ? undefined : Object.fromEntries(spend),
    }),
  };
}

function textOf({ textFile }: OpenOptions): string | undefined {
  if (textFile === undefined) return undefined;
  try {
    return readFileSync(textFile, "utf8");
  } catch (failure) {
    throw new CliFailure(exits.usage, "file_unreadable", `${textFile} cannot be read: ${String(failure)}`);
  }
}

function present(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function unlessEmpty(members: Readonly<Record<string, readonly unknown[]>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, { length }]) => length > 0));
}

interface CloseOptions extends ConsoleOptions {
  readonly reason: string;
}

/** `sallyport tasks close ID` */
export const close: Verb = {
  usage: "close <id>",
  summary: "end a task and all its parts at once; what is under way in them is cut",
  examples: ['tasks close t_01J9… --reason "the order was cancelled"'],
  options: [...consoleOptions, new Option("--reason <text>", "why; callers are told the reason").makeOptionMandatory()],
  async run({ printer }, options: CloseOptions, id: string) {
    const path = `/api/tasks/${encodeURIComponent(id)}/close`;
    const answer = await withConsole(options, (session) => session.post(path, { reason: options.reason }));
    const { ended, durable, cut } = answer as Omit<ClosedLease, "ids"> & { readonly ended: readonly string[] };
    const parts = ended.length === 1 ? "" : ` with ${ended.length - 1} of its parts`;
    const what =
      cut === null
        ? ["Some of what is under way in it could not be cut yet; it is tried again."]
        : [`Ended with it: ${countsText(cut)}.`, ...unansweredText(cut)];
    const where = durable
      ? []
      : ["In this process only: the store cannot be written now. It is tried again; a restart before that loses it."];
    printer.result(options.json, answer, [`Task ${id} is closed${parts}.`, ...where, ...what].join("\n"));
  },
};

function queryOf(members: Readonly<Record<string, string | undefined>>): URLSearchParams {
  return new URLSearchParams(present(members) as Record<string, string>);
}

function moreText(next: unknown): string {
  return typeof next === "string" ? `\nMore: --after ${next}` : "";
}
