import { setTimeout as pause } from "node:timers/promises";
import { InvalidArgumentError, Option } from "commander";
import { cursorForm } from "../../domain/decision-fields.ts";
import type { DecisionRow, FoundDecisions } from "../../domain/ports.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, type ConsoleSession, withConsole } from "../common/console-client.ts";
import { effectWord, type Printer } from "../common/printer.ts";
import { type CliDeps, CliFailure, exits, type Verb, wholeNumber } from "../common/verb.ts";
import { type FilterOptions, filterOptions, queryText } from "./query.ts";

interface QueryOptions extends FilterOptions {
  readonly after?: string;
  readonly limit: number;
}

/** Most rows of one page of the console's API. */
const largestPage = 200;

function queryOptions(limit: number): Option[] {
  return [
    ...filterOptions,
    new Option("--limit <n>", "how many at most (up to 200)").default(limit).argParser(wholeNumber),
  ];
}

interface TailOptions extends QueryOptions {
  readonly follow: boolean;
}

const pollEveryMs = 1000;

/** `sallyport decisions tail`: the latest, oldest first; with `--follow` those to come as well. */
export const tail: Verb = {
  usage: "tail",
  summary: "the latest decisions",
  examples: ["decisions tail", "decisions tail --follow --effect deny", "decisions tail -f --json | jq .codes"],
  options: [
    ...consoleOptions,
    ...queryOptions(20),
    new Option(
      "-f, --follow",
      "go on with those to come, until Ctrl-C, also when the gateway is away for a while",
    ).default(false),
  ],
  async run(deps, options: TailOptions) {
    if (options.follow) return follow(deps, options);
    await withConsole(options, async (session) => {
      printed(deps, options, (await pageFor(deps, session, options)).rows, -1);
    });
  },
};

/** Until Ctrl-C: once it has had an answer, a gateway that does not answer is asked again, with a new sign-in. @throws CliFailure */
async function follow(deps: CliDeps, options: TailOptions): Promise<void> {
  const { stop, printer } = deps;
  let last: number | null = null;
  let isAway = false;
  const look = async (session: ConsoleSession): Promise<void> => {
    const rows =
      last === null ? (await pageFor(deps, session, options)).rows : await rowsAfter(deps, session, options, last);
    if (isAway) printer.message("The gateway answers again.");
    isAway = false;
    last = printed(deps, options, rows, last ?? -1);
  };
  const wait = () => pause(pollEveryMs, undefined, { signal: stop }).catch(() => null);
  for (; !stop.aborted; await wait()) {
    let isSignedIn = false;
    const looks = async (session: ConsoleSession): Promise<void> => {
      isSignedIn = true;
      for (; !stop.aborted; await wait()) await look(session);
    };
    try {
      await withConsole(options, looks);
    } catch (failure) {
      if (last === null || !isPassing(failure, isSignedIn)) throw failure;
      if (!isAway) printer.message(`${(failure as Error).message} It is asked again every second.`);
      isAway = true;
    }
  }
}

/** Whether the next try may succeed. A password that is refused is refused again, and too many of these lock the account. */
function isPassing(failure: unknown, isSignedIn: boolean): boolean {
  if (!(failure instanceof CliFailure) || failure.exit !== exits.unreachable) return false;
  return isSignedIn || failure.details["status"] !== 401;
}

/** Most decisions that one look of `--follow` prints; those between two looks beyond these are left out, and it is said. */
const mostFollowed = 10_000;

/** The decisions after sequence number `last`. */
async function rowsAfter(deps: CliDeps, session: ConsoleSession, options: TailOptions, last: number) {
  const rows: DecisionRow[] = [];
  for (let after: string | undefined; ;) {
    const page = await pageFor(deps, session, { ...options, limit: largestPage, ...(after && { after }) });
    rows.push(...page.rows.filter(({ seq }) => seq > last));
    const oldest = page.rows.at(-1)?.seq ?? 0;
    if (page.next === null || oldest <= last) return rows;
    if (rows.length >= mostFollowed) {
      deps.printer.message(`Decisions before number ${oldest} that were not shown yet are left out: too many at once.`);
      return rows;
    }
    after = page.next;
  }
}

/** Prints those after sequence number `last`, oldest first; returns the newest number. */
function printed({ printer }: CliDeps, options: TailOptions, rows: readonly DecisionRow[], last: number): number {
  const ordered = rows.toSorted((a, b) => a.seq - b.seq);
  for (const row of ordered) printer.result(options.json, row, decisionLine(printer, row));
  return ordered.at(-1)?.seq ?? last;
}

async function pageFor({ clock }: CliDeps, session: ConsoleSession, options: QueryOptions): Promise<FoundDecisions> {
  return (await session.get(queryPath(options, clock.now()))) as unknown as FoundDecisions;
}

/** `sallyport decisions search`: newest first. */
export const search: Verb = {
  usage: "search",
  summary: "find decisions, newest first",
  examples: [
    "decisions search --effect deny --since 2h",
    "decisions search --tool payments/create_refund --subject refund-bot --json",
  ],
  options: [
    ...consoleOptions,
    ...queryOptions(50),
    new Option("--after <cursor>", "go on after the `next` of the last answer").argParser(checkedCursor),
  ],
  async run(deps, options: QueryOptions) {
    const { printer } = deps;
    const answer = await withConsole(options, (session) => pageFor(deps, session, options));
    const more = answer.next === null ? "" : `\nMore: --after ${answer.next}`;
    printer.result(options.json, answer, decisionLines(printer, answer.rows) + more);
  },
};

function checkedCursor(value: string): string {
  if (cursorForm.test(value)) return value;
  throw new InvalidArgumentError("Expected the `next` of the last answer, which is a number.");
}

/** `sallyport decisions show ID`: the records as written. */
export const show: Verb = {
  usage: "show <id>",
  summary: "one decision and its outcome, as recorded",
  examples: ["decisions show d_9fK2…", "decisions show d_9fK2… --json | jq .decision.result"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, id: string) {
    const found = await withConsole(options, (session) => session.get(`/api/decisions/${encodeURIComponent(id)}`));
    const { decision, outcome } = found;
    printer.result(options.json, found, escapeControls(JSON.stringify({ decision, outcome }, null, 2), true));
  },
};

function queryPath(options: QueryOptions, now: number): string {
  const { after, limit } = options;
  return `/api/decisions?${queryText(options, now, { limit: String(Math.min(limit, largestPage)), after })}`;
}

function decisionLines(printer: Printer, rows: readonly DecisionRow[]): string {
  if (rows.length === 0) return "No decision matches. Every call the gateway judges appears here.";
  return rows.map((row) => decisionLine(printer, row)).join("\n");
}

/**
 * One decision on one line: when, effect, agent, tool, outcome, each as wide in every line, then reasons and id. The time has its
 * day, as a log reaches back further than today.
 */
function decisionLine(printer: Printer, row: DecisionRow): string {
  const why = row.message === null ? row.codes.join(" ") : `${row.codes.join(" ")} ${row.message}`;
  const columns = [(row.subject ?? "–").padEnd(20), toolOf(row).padEnd(32), (row.outcome ?? "–").padEnd(9)];
  const rest = [...columns, why, row.decision_id].filter((part) => part !== "");
  return `${escapeControls(row.timestamp)}  ${effectWord(printer.colors, row.effect)}  ${escapeControls(rest.join("  "))}`;
}

/** A protocol message without a tool is named by its server and method. */
function toolOf({ tool, action }: DecisionRow): string {
  return action === null || action === "tools/call" ? (tool ?? "–") : `${tool ?? "–"} ${action}`;
}
