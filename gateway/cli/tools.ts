import { definitionText } from "../domain/definition-kinds.ts";
import type { DefinitionChange, KnownDefinition } from "../domain/tool-definitions.ts";
import { escapeControls, withCodePoints } from "../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { ownCommand } from "./common/own-command.ts";
import { type Verb, CliFailure, exits } from "./common/verb.ts";
import { acceptingChanges, changesText, nameOf } from "./tools-changes.ts";

/** `sallyport tools list [SERVER]` */
export const list: Verb = {
  usage: "list [server]",
  summary: "tools, prompts and resources that servers have listed, where their definitions stand, and the digests",
  examples: ["tools list", "tools list crm --json"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, server?: string) {
    const answer = await withConsole(options, (session) => session.get(`/api/tools?${limited(server)}`));
    const items = answer["items"] as KnownDefinition[];
    const rest = Number(answer["total"]) - items.length;
    const text = table(items) + (rest > 0 ? `\nand ${rest} more` : "");
    printer.result(options.json, { items, total: answer["total"] }, items.length === 0 ? "Nothing was listed." : text);
  },
};

/** Query for as many as are shown at once, of this server or of all. */
export function limited(server: string | undefined): string {
  return new URLSearchParams({ limit: "1000", ...(server === undefined ? {} : { server }) }).toString();
}

function table(items: readonly KnownDefinition[]): string {
  const rows = items.map((item) => {
    const alike = item.alike.map((other) => `  ${withCodePoints(nameOf(item))} looks like ${withCodePoints(other)}`);
    return [escapeControls(definitionText(item)), item.state, item.digest, ...alike] as const;
  });
  const width = Math.min(60, Math.max(...rows.map(([name]) => name.length)));
  return rows
    .map(([name, state, digest, ...alike]) =>
      [`${name.padEnd(width)}  ${state.padEnd(8)}  ${digest}`, ...alike].join("\n"),
    )
    .join("\n");
}

/** `sallyport tools diff [SERVER | SERVER/NAME]` */
export const diff: Verb = {
  usage: "diff [name]",
  summary: "tools, prompts and resources whose definition changed since it was pinned; exit 1 when there are any",
  examples: ["tools diff", "tools diff crm", "tools diff crm/find_ticket --json"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, named?: string) {
    const slash = named?.indexOf("/") ?? -1;
    const server = slash === -1 ? named : named?.slice(0, slash);
    const answer = await withConsole(options, (session) => session.get(`/api/tools/changes?${limited(server)}`));
    const all = answer["items"] as DefinitionChange[];
    const items = slash === -1 ? all : all.filter((item) => nameOf(item) === named);
    const rest = slash === -1 ? Number(answer["total"]) - items.length : 0;
    const text = [changesText(items, options), ...(slash === -1 ? together(items, rest, options) : [])].join("\n\n");
    printer.result(options.json, { items, total: answer["total"] }, items.length === 0 ? noChange(named) : text);
    if (items.length > 0) throw new CliFailure(exits.negative, "definitions_changed", "");
  },
};

/** What is not shown, and the command for each server of which several are, since it is of all that are shown. */
function together(items: readonly DefinitionChange[], rest: number, options: ConsoleOptions): string[] {
  // Of the last server, some may not be shown: its own command shows as many as it accepts.
  if (rest > 0) return [`and ${rest} more; \`tools diff SERVER\` shows those of one server`];
  return [...Map.groupBy(items, ({ server }) => server)]
    .filter(([, ofServer]) => ofServer.length > 1)
    .map(([server, ofServer]) => {
      const command = ownCommand(acceptingChanges(server, ofServer, options));
      return `accept these ${ofServer.length} of ${escapeControls(server)}: ${escapeControls(command)}`;
    });
}

function noChange(name: string | undefined): string {
  if (name === undefined) return "No definition has changed.";
  if (!name.includes("/")) return `No definition of ${escapeControls(name)} has changed.`;
  return `${escapeControls(name)} has not changed its definition, or was never listed.`;
}
