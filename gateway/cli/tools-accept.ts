import { Option } from "commander";
import {
  type DefinitionKind,
  definitionKinds,
  type DefinitionName,
  definitionText,
} from "../domain/definition-kinds.ts";
import type { DefinitionChange, WaitingDefinition } from "../domain/tool-definitions.ts";
import { escapeControls } from "../lib/look-alike.ts";
import {
  type ConsoleOptions,
  consoleOptions,
  type ConsoleSession,
  withConsole,
  writtenOptions,
} from "./common/console-client.ts";
import { ownCommand } from "./common/own-command.ts";
import { type CliDeps, type Verb, CliFailure, exits } from "./common/verb.ts";
import { acceptingChanges, changesText, digestOfChanges, digestOfEach, showingChanges } from "./tools-changes.ts";
import { limited } from "./tools.ts";

interface AcceptOptions extends ConsoleOptions {
  readonly kind: DefinitionKind;
  readonly digest?: string;
  readonly all?: string;
  readonly changed?: boolean;
}

/** `sallyport tools accept SERVER/NAME [--kind KIND] --digest DIGEST`, and `sallyport tools accept --all SERVER [--changed] [--digest DIGEST]` */
export const accept: Verb = {
  usage: "accept [name]",
  summary: "accept the definition with this digest; calls that use it are judged again",
  examples: [
    "tools accept crm/find_ticket --digest sha256:2f9c…",
    "tools accept crm/daily_report --kind prompt --digest sha256:93be…",
    "tools accept --all crm",
    "tools accept --all crm --digest sha256:71d0…",
    "tools accept --all crm --changed",
  ],
  options: [
    ...consoleOptions,
    new Option("--kind <kind>", "what the name is of").choices(definitionKinds).default("tool"),
    new Option(
      "--all <server>",
      "all definitions of the server that wait to be accepted for the first time; without --digest they are only shown",
    ),
    new Option(
      "--changed",
      "with --all: those that have changed since they were pinned, in the place of those that wait",
    ),
    new Option("--digest <digest>", "of what you looked at; `tools diff` shows it, and `--all` the one of all"),
  ],
  async run({ printer }, { digest, all, changed, kind, ...options }: AcceptOptions, named?: string) {
    if (all !== undefined && named === undefined)
      return (changed === true ? acceptChanged : acceptWaiting)(printer, options, { server: all, digest });
    if (named === undefined || all !== undefined || changed === true || digest === undefined)
      throw new CliFailure(exits.usage, "tool_name", "Say SERVER/NAME and --digest, or --all SERVER.");
    const body = { ...splitName(named), kind };
    const accepted = await withConsole(options, (session) => session.post("/api/tools/accept", { ...body, digest }));
    printer.result(
      options.json,
      accepted,
      `Accepted ${escapeControls(definitionText(body))}; calls that use it are judged again.`,
    );
  },
};

interface All {
  readonly server: string;
  readonly digest: string | undefined;
}

/** Shows the words of all that wait; accepts them when the digest is the one of exactly these words. */
async function acceptWaiting(printer: CliDeps["printer"], options: ConsoleOptions, all: All): Promise<void> {
  const { server, digest } = all;
  await withConsole(options, async (session) => {
    const answer = await session.get(`/api/tools/waiting?${limited(server)}`);
    const items = answer["items"] as WaitingDefinition[];
    const shown = digestOfEach(items.map((item) => [item.server, item.kind, item.name, item.digest]));
    const rest = Number(answer["total"]) - items.length;
    const left = { waiting: rest };
    if (items.length > 0 && digest !== undefined)
      return acceptShown(session, { printer, options, all, items, shown, left });
    const { total: changed } = await session.get(`/api/tools/changes?${limited(server)}`);
    const others = changedText(server, Number(changed), options);
    if (items.length === 0) {
      const none = `Nothing of ${escapeControls(server)} waits${others === "" ? "" : " to be accepted for the first time"}.`;
      printer.result(options.json, { accepted: [], waiting: 0, changed }, `${none}${others}`);
      return;
    }
    const words = wordsOf(items, rest, acceptingAll(server, shown, options));
    printer.result(options.json, { items, total: answer["total"], digest: shown, changed }, `${words}${others}`);
  });
}

/** The same of definitions that have changed, each with what it said before. */
async function acceptChanged(printer: CliDeps["printer"], options: ConsoleOptions, all: All): Promise<void> {
  const { server, digest } = all;
  await withConsole(options, async (session) => {
    const answer = await session.get(`/api/tools/changes?${limited(server)}`);
    const items = answer["items"] as DefinitionChange[];
    const shown = digestOfChanges(items);
    const left = { changed: Number(answer["total"]) - items.length };
    if (items.length === 0) {
      const none = `No definition of ${escapeControls(server)} has changed.`;
      printer.result(options.json, { accepted: [], changed: 0 }, none);
    } else if (digest === undefined) {
      const command = ownCommand(acceptingChanges(server, items, options));
      const words = `${changesText(items, options)}${endOf(left.changed, command)}`;
      printer.result(options.json, { items, total: answer["total"], digest: shown }, words);
    } else await acceptShown(session, { printer, options, all, items, shown, left });
  });
}

interface Shown {
  readonly printer: CliDeps["printer"];
  readonly options: ConsoleOptions;
  readonly all: All;
  readonly items: readonly Acceptable[];
  /** Digest of these items. */
  readonly shown: string;
  /** How many there are besides. */
  readonly left: { readonly waiting: number } | { readonly changed: number };
}

type Acceptable = DefinitionName & { readonly digest: string };

/** @throws CliFailure definition_moved when these are not what was shown with the digest */
async function acceptShown(
  session: ConsoleSession,
  { printer, options, all, items, shown, left }: Shown,
): Promise<void> {
  if (all.digest !== shown)
    throw new CliFailure(
      exits.negative,
      "definition_moved",
      "This is not the digest of what would be accepted now. Nothing was accepted; look again without --digest.",
    );
  const accepted = await acceptEach(session, items);
  const said = `Accepted ${accepted.length} of ${escapeControls(all.server)}.`;
  printer.result(options.json, { accepted, ...left }, said);
}

/** Each by its own digest, so that one which changes meanwhile is not accepted. */
async function acceptEach(session: ConsoleSession, items: readonly Acceptable[]): Promise<string[]> {
  const accepted: string[] = [];
  for (const { server, kind, name, digest } of items) {
    await session.post("/api/tools/accept", { server, kind, name, digest });
    accepted.push(definitionText({ server, kind, name }));
  }
  return accepted;
}

function acceptingAll(server: string, digest: string, options: ConsoleOptions): string {
  return ownCommand(["tools", "accept", "--all", server, "--digest", digest, ...writtenOptions(options)]);
}

/** A sentence on those that have changed; empty when there are none. */
function changedText(server: string, count: number, options: ConsoleOptions): string {
  if (count === 0) return "";
  const command = ownCommand([...showingChanges(server), ...writtenOptions(options)]);
  const [what, them] = count === 1 ? ["1 definition has changed", "it"] : [`${count} definitions have changed`, "them"];
  return `\n\n${what} since ${count === 1 ? "it was" : "they were"} pinned. See ${them}, and the command that accepts ${them}: ${escapeControls(command)}`;
}

function wordsOf(items: readonly WaitingDefinition[], rest: number, command: string): string {
  return `${items.map(wordsOfOne).join("\n\n")}${endOf(rest, command)}`;
}

function endOf(rest: number, command: string): string {
  const more = rest > 0 ? `\n\nand ${rest} more, shown when these are accepted` : "";
  return `${more}\n\naccept all of these: ${escapeControls(command)}`;
}

function wordsOfOne(item: WaitingDefinition): string {
  const members = Object.entries(item.definition).filter(([key]) => key !== "name");
  const lines = members.map(([key, value]) => `  ${escapeControls(key)}: ${escapeControls(JSON.stringify(value))}`);
  return [escapeControls(definitionText(item)), ...lines, `  digest: ${item.digest}`].join("\n");
}

/** The first slash separates them: a name may have more. */
function splitName(named: string): { readonly server: string; readonly name: string } {
  const slash = named.indexOf("/");
  if (slash < 1 || slash === named.length - 1)
    throw new CliFailure(
      exits.usage,
      "tool_name",
      `"${escapeControls(named)}" is not SERVER/NAME, such as crm/find_ticket.`,
    );
  return { server: named.slice(0, slash), name: named.slice(slash + 1) };
}
