import { createHash } from "node:crypto";
import { type DefinitionName, definitionText } from "../domain/definition-kinds.ts";
import type { DefinitionChange, DefinitionDifference } from "../domain/tool-definitions.ts";
import type { JsonValue } from "../lib/json.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { type ConsoleOptions, writtenOptions } from "./common/console-client.ts";
import { ownCommand } from "./common/own-command.ts";

/** What changed of each, and the command that accepts it. */
export function changesText(items: readonly DefinitionChange[], options: ConsoleOptions): string {
  return items.map((item) => changeText(item, options)).join("\n\n");
}

/** The command that accepts all of these, of one server; nothing else, since it has their digest. */
export function acceptingChanges(
  server: string,
  items: readonly DefinitionChange[],
  options: ConsoleOptions,
): readonly string[] {
  return [...showingChanges(server), "--digest", digestOfChanges(items), ...writtenOptions(options)];
}

/** The command that shows them. */
export function showingChanges(server: string): readonly string[] {
  return ["tools", "accept", "--all", server, "--changed"];
}

/** Stands for these changes, each from what to what, in whatever order. */
export function digestOfChanges(items: readonly DefinitionChange[]): string {
  return digestOfEach(items.map(({ server, kind, name, pinned, digest }) => [server, kind, name, pinned, digest]));
}

/** Stands for what these words say, in whatever order they stand. */
export function digestOfEach(each: readonly (readonly string[])[]): string {
  const sorted = each.map((words) => JSON.stringify(words)).sort();
  return `sha256:${createHash("sha256").update(sorted.join("\n")).digest("hex")}`;
}

export function nameOf({ server, name }: Pick<DefinitionName, "server" | "name">): string {
  return `${server}/${name}`;
}

/** The option that says which kind is meant; none for a tool. */
function kindOption({ kind }: Pick<DefinitionName, "kind">): readonly string[] {
  return kind === "tool" ? [] : ["--kind", kind];
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
