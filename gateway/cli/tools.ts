import { type DefinitionName, definitionText } from "../domain/definition-kinds.ts";
import type { DefinitionChange, DefinitionDifference, KnownDefinition } from "../domain/tool-definitions.ts";
import type { JsonValue } from "../lib/json.ts";
import { escapeControls, withCodePoints } from "../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, withConsole, writtenOptions } from "./common/console-client.ts";
import { ownCommand } from "./common/own-command.ts";
import { type Verb, CliFailure, exits } from "./common/verb.ts";

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

/** `sallyport tools diff [SERVER/NAME]` */
export const diff: Verb = {
  usage: "diff [name]",
  summary: "tools, prompts and resources whose definition changed since it was pinned; exit 1 when there are any",
  examples: ["tools diff", "tools diff crm/find_ticket --json"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, name?: string) {
    const answer = await withConsole(options, (session) => session.get("/api/tools/changes?limit=500"));
    const items = (answer["items"] as DefinitionChange[]).filter((item) => name === undefined || nameOf(item) === name);
    const rest = name === undefined ? Number(answer["total"]) - items.length : 0;
    const text = items.map((item) => changeText(item, options)).join("\n\n") + (rest > 0 ? `\n\nand ${rest} more` : "");
    printer.result(options.json, { items, total: answer["total"] }, items.length === 0 ? noChange(name) : text);
    if (items.length > 0) throw new CliFailure(exits.negative, "definitions_changed", "");
  },
};

function nameOf({ server, name }: Pick<DefinitionName, "server" | "name">): string {
  return `${server}/${name}`;
}

/** The option that says which kind is meant; none for a tool. */
function kindOption({ kind }: Pick<DefinitionName, "kind">): readonly string[] {
  return kind === "tool" ? [] : ["--kind", kind];
}

function noChange(name: string | undefined): string {
  return name === undefined
    ? "No definition has changed."
    : `${escapeControls(name)} has not changed its definition, or was never listed.`;
}

function changeText(change: DefinitionChange, options: ConsoleOptions): string {
  const lines = change.differences.flatMap(({ pointer, ...sides }) => [
    `  ${escapeControls(pointer)}`,
    ...sidesOf(sides),
  ]);
  const accept = ["tools", "accept", nameOf(change), ...kindOption(change), "--digest", change.digest];
  return [
    escapeControls(definitionText(change)),
    ...lines,
    `  accept: ${escapeControls(ownCommand([...accept, ...writtenOptions(options)]))}`,
  ].join("\n");
}

function sidesOf({ before, after }: Omit<DefinitionDifference, "pointer">): string[] {
  return [...sideOf("-", before), ...sideOf("+", after)];
}

function sideOf(sign: string, value: JsonValue | undefined): string[] {
  return value === undefined ? [] : [`    ${sign} ${escapeControls(JSON.stringify(value))}`];
}
