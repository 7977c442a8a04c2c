import { createHash } from "node:crypto";
import { Option } from "commander";
import { type DefinitionKind, definitionKinds, definitionText } from "../domain/definition-kinds.ts";
import type { WaitingDefinition } from "../domain/tool-definitions.ts";
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
import { limited } from "./tools.ts";

interface AcceptOptions extends ConsoleOptions {
  readonly kind: DefinitionKind;
  readonly digest?: string;
  readonly all?: string;
}

/** `sallyport tools accept SERVER/NAME [--kind KIND] --digest DIGEST`, and `sallyport tools accept --all SERVER [--digest DIGEST]` */
export const accept: Verb = {
  usage: "accept [name]",
  summary: "accept the definition with this digest; calls that use it are judged again",
  examples: [
    "tools accept crm/find_ticket --digest sha256:2f9c…",
    "tools accept crm/daily_report --kind prompt --digest sha256:93be…",
    "tools accept --all crm",
    "tools accept --all crm --digest sha256:71d0…",
  ],
  options: [
    ...consoleOptions,
    new Option("--kind <kind>", "what the name is of").choices(definitionKinds).default("tool"),
    new Option(
      "--all <server>",
      "all definitions of the server that wait to be accepted for the first time; without --digest they are only shown",
    ),
    new Option("--digest <digest>", "of what you looked at; `tools diff` shows it, and `--all` the one of all"),
  ],
  async run({ printer }, { digest, all, kind, ...options }: AcceptOptions, named?: string) {
    if (all !== undefined && named === undefined) return acceptAll(printer, options, { server: all, digest });
    if (named === undefined || all !== undefined || digest === undefined)
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
async function acceptAll(printer: CliDeps["printer"], options: ConsoleOptions, { server, digest }: All): Promise<void> {
  await withConsole(options, async (session) => {
    const answer = await session.get(`/api/tools/waiting?${limited(server)}`);
    const items = answer["items"] as WaitingDefinition[];
    const shown = digestOfAll(items);
    if (items.length === 0) {
      printer.result(options.json, { accepted: [], waiting: 0 }, `Nothing of ${escapeControls(server)} waits.`);
    } else if (digest === undefined) {
      const rest = Number(answer["total"]) - items.length;
      printer.result(
        options.json,
        { items, total: answer["total"], digest: shown },
        wordsOf(items, rest, acceptingAll(server, shown, options)),
      );
    } else {
      if (digest !== shown)
        throw new CliFailure(
          exits.negative,
          "definition_moved",
          "What waits is not what was shown with this digest. Nothing was accepted; look again without --digest.",
        );
      const accepted = await acceptEach(session, items);
      printer.result(
        options.json,
        { accepted, waiting: 0 },
        `Accepted ${accepted.length} of ${escapeControls(server)}.`,
      );
    }
  });
}

/** Each by its own digest, so that one which changes meanwhile is not accepted. */
async function acceptEach(session: ConsoleSession, items: readonly WaitingDefinition[]): Promise<string[]> {
  const accepted: string[] = [];
  for (const { server, kind, name, digest } of items) {
    await session.post("/api/tools/accept", { server, kind, name, digest });
    accepted.push(definitionText({ server, kind, name }));
  }
  return accepted;
}

/** Stands for these definitions, in whatever order. */
function digestOfAll(items: readonly WaitingDefinition[]): string {
  const each = items.map(({ kind, name, digest }) => JSON.stringify([kind, name, digest])).sort();
  return `sha256:${createHash("sha256").update(each.join("\n")).digest("hex")}`;
}

function acceptingAll(server: string, digest: string, options: ConsoleOptions): string {
  return ownCommand(["tools", "accept", "--all", server, "--digest", digest, ...writtenOptions(options)]);
}

function wordsOf(items: readonly WaitingDefinition[], rest: number, command: string): string {
  const more = rest > 0 ? `\n\nand ${rest} more, shown when these are accepted` : "";
  return `${items.map(wordsOfOne).join("\n\n")}${more}\n\naccept all of these: ${escapeControls(command)}`;
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
