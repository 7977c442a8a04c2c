import { Option } from "commander";
import type { DefinitionChange, DefinitionDifference } from "../domain/tool-definitions.ts";
import type { JsonValue } from "../lib/json.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { type Verb, CliFailure, exits } from "./common/verb.ts";

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

interface AcceptOptions extends ConsoleOptions {
  readonly digest: string;
}

/** `sallyport tools accept SERVER/TOOL --digest DIGEST` */
export const accept: Verb = {
  usage: "accept <tool>",
  summary: "pin the definition with this digest; calls of the tool are judged again",
  examples: ["tools accept crm/find_ticket --digest sha256:2f9c…"],
  options: [
    ...consoleOptions,
    new Option(
      "--digest <digest>",
      "of the definition that you looked at; `tools diff` shows it",
    ).makeOptionMandatory(),
  ],
  async run({ printer }, { digest, ...options }: AcceptOptions, tool: string) {
    const [server, name] = splitName(tool);
    const body = { server, tool: name, digest };
    const accepted = await withConsole(options, (session) => session.post("/api/tools/accept", body));
    printer.result(options.json, accepted, `Accepted ${escapeControls(tool)}; its calls are judged again.`);
  },
};

/** Server and tool. The first slash separates them: the name of a tool may have more. */
function splitName(tool: string): [string, string] {
  const slash = tool.indexOf("/");
  if (slash < 1 || slash === tool.length - 1)
    throw new CliFailure(
      exits.usage,
      "tool_name",
      `"${escapeControls(tool)}" is not SERVER/TOOL, such as crm/find_ticket.`,
    );
  return [tool.slice(0, slash), tool.slice(slash + 1)];
}

function nameOf({ server, tool }: DefinitionChange): string {
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
