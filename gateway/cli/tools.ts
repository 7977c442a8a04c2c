import type { DefinitionChange, DefinitionDifference, KnownTool } from "../domain/tool-definitions.ts";
import type { JsonValue } from "../lib/json.ts";
import { escapeControls, withCodePoints } from "../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { type Verb, CliFailure, exits } from "./common/verb.ts";

/** `sallyport tools list [SERVER]` */
export const list: Verb = {
  usage: "list [server]",
  summary: "tools that servers have listed, where their definitions stand, and the digests",
  examples: ["tools list", "tools list crm --json"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, server?: string) {
    const answer = await withConsole(options, (session) => session.get(`/api/tools?${limited(server)}`));
    const items = answer["items"] as KnownTool[];
    const rest = Number(answer["total"]) - items.length;
    const text = table(items) + (rest > 0 ? `\nand ${rest} more` : "");
    printer.result(options.json, { items, total: answer["total"] }, items.length === 0 ? "No tool was listed." : text);
  },
};

/** Query for as many as are shown at once, of this server or of all. */
export function limited(server: string | undefined): string {
  return new URLSearchParams({ limit: "1000", ...(server === undefined ? {} : { server }) }).toString();
}

function table(items: readonly KnownTool[]): string {
  const rows = items.map((item) => {
    const alike = item.alike.map((other) => `  ${withCodePoints(nameOf(item))} looks like ${withCodePoints(other)}`);
    return [escapeControls(nameOf(item)), item.state, item.digest, ...alike] as const;
  });
  const width = Math.min(60, Math.max(...rows.map(([name]) => name.length)));
  return rows
    .map(([name, state, digest, ...alike]) =>
      [`${name.padEnd(width)}  ${state.padEnd(8)}  ${digest}`, ...alike].join("\n"),
    )
    .join("\n");
}

/** `sallyport tools diff [SERVER/TOOL]` */
export const diff: Verb = {
  usage: "diff [tool]",
  summary: "tools that changed their definition since it was pinned; exit 1 when there are any",
  examples: ["tools diff", "tools diff crm/find_ticket --json"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, tool?: string) {
    const answer = await withConsole(options, (session) => session.get("/api/tools/changes?limit=500"));
    const items = (answer["items"] as DefinitionChange[]).filter((item) => tool === undefined || nameOf(item) === tool);
    const rest = tool === undefined ? Number(answer["total"]) - items.length : 0;
    const text = items.map(changeText).join("\n\n") + (rest > 0 ? `\n\nand ${rest} more` : "");
    printer.result(options.json, { items, total: answer["total"] }, items.length === 0 ? noChange(tool) : text);
    if (items.length > 0) throw new CliFailure(exits.negative, "definitions_changed", "");
  },
};

export function nameOf({ server, tool }: Pick<DefinitionChange, "server" | "tool">): string {
  return `${server}/${tool}`;
}

function noChange(tool: string | undefined): string {
  return tool === undefined
    ? "No tool has changed its definition."
    : `${escapeControls(tool)} has not changed its definition, or was never listed.`;
}

function changeText(change: DefinitionChange): string {
  const lines = change.differences.flatMap(({ pointer, ...sides }) => [
    `  ${escapeControls(pointer)}`,
    ...sidesOf(sides),
  ]);
  return [
    escapeControls(nameOf(change)),
    ...lines,
    `  accept: sallyport tools accept ${escapeControls(nameOf(change))} --digest ${change.digest}`,
  ].join("\n");
}

function sidesOf({ before, after }: Omit<DefinitionDifference, "pointer">): string[] {
  return [...sideOf("-", before), ...sideOf("+", after)];
}

function sideOf(sign: string, value: JsonValue | undefined): string[] {
  return value === undefined ? [] : [`    ${sign} ${escapeControls(JSON.stringify(value))}`];
}
