import { Option } from "commander";
import { escapeControls } from "../../lib/look-alike.ts";
import type { Printer } from "../common/printer.ts";
import { CliFailure, configOption, type ConfigOptions, exits, type Verb } from "../common/verb.ts";
import type { ConnectClient, Connecting, Scope } from "./client.ts";
import { connectClients } from "./clients/clients.ts";
import { differenceText } from "./difference.ts";
import type { Edit, Place, Plan } from "./edits.ts";
import { carryOut } from "./files/carry-out.ts";
import { type Change, changeFor, undoFor } from "./files/change-files.ts";
import { Records } from "./files/records.ts";
import type { HookSettings } from "./hook-command.ts";
import { placesHere } from "./places.ts";
import { settingsOf, type SettingsOptions, settingsOptions } from "./settings.ts";

interface ConnectOptions extends ConfigOptions, SettingsOptions {
  readonly scope?: string;
  readonly dryRun: boolean;
  readonly undo: boolean;
  readonly managed: boolean;
  readonly tokenEnv?: string;
  readonly project: string;
  readonly root: string;
}

const names = Object.keys(connectClients);

/** `sallyport connect CLIENT` */
export const connect: Verb = {
  usage: "connect <client>",
  summary: `write the configuration of an agent's client: ${names.join(", ")}`,
  examples: [
    "connect claude-code --dry-run",
    "connect cursor --scope project --route crm",
    "connect codex --url https://gw.example/mcp/crm",
    "connect gemini --undo",
    "connect claude-code --managed",
  ],
  options: [
    configOption,
    new Option("--scope <scope>", "user: of this user; project: of the files in --project; default: user"),
    ...settingsOptions,
    new Option("--token-env <name>", "variable with a token for the routes; default: the client signs in by OAuth"),
    new Option("--managed", "settings of the whole machine, which its users cannot change").default(false),
    new Option("--root <folder>", "with --managed: write below this folder, to fill an image or a package").default(""),
    new Option("--project <folder>", "folder of the project").default("."),
    new Option("--dry-run", "show what would be written, and change nothing").default(false),
    new Option("--undo", "take out exactly what was put in").default(false),
  ],
  run({ printer }, options: ConnectOptions, name = "") {
    const client = Object.hasOwn(connectClients, name) ? connectClients[name] : undefined;
    if (client === undefined)
      throw new CliFailure(exits.usage, "client_unknown", `Say which client: ${names.join(", ")}.`);
    const scope = scopeOf(options, client);
    const records = new Records(placesHere(options.project, options.root).state);
    const { plan, notes } = planOf(client, scope, options);
    const changes = changesOf(plan, records, options, scope);
    if (!options.dryRun) carryOut(changes, records);
    const shown = { ...options, title: client.title, scope: options.managed ? "managed" : scope };
    report(printer, shown, changes, options.undo ? [] : [...notes, ...plan.notes]);
  },
};

/** @throws CliFailure connect_scope, connect_managed */
function scopeOf(options: ConnectOptions, { title, scopes, managed: manage }: ConnectClient): Scope {
  const { scope = "user", managed, root } = options;
  if (managed && options.scope !== undefined)
    throw new CliFailure(exits.usage, "connect_usage", "--managed is for the whole machine: leave --scope out.");
  if (!managed && root !== "")
    throw new CliFailure(
      exits.usage,
      "connect_usage",
      "--root is for the settings of the machine alone: add --managed.",
    );
  if (managed && manage === null)
    throw new CliFailure(
      exits.negative,
      "connect_managed",
      `${title} has no settings in a file that its users cannot change; nothing was written.`,
    );
  const found = scopes.find((one) => one === scope);
  if (found !== undefined) return found;
  const which = scopes.join(" and ");
  throw new CliFailure(exits.usage, "connect_scope", `${title} has the scope ${which}, not ${escapeControls(scope)}.`);
}

const anyHook: HookSettings = { gateway: "", token: "", console: null, waitS: 0, server: "", start: "" };

function planOf(
  client: ConnectClient,
  scope: Scope,
  options: ConnectOptions,
): { readonly plan: Plan; readonly notes: readonly string[] } {
  const places = placesHere(options.project, options.root);
  // Which files are meant does not depend on the configuration, and what is taken out of them is known from what was written.
  const undo = { servers: [], hook: anyHook, notes: [], steps: [] };
  const settings = options.undo ? undo : settingsOf(options, options.managed ? "managed" : scope, places.system);
  const { servers, hook, notes, steps } = settings;
  if (!options.undo && servers.length === 0 && hook === null)
    throw new CliFailure(exits.usage, "connect_nothing", "The configuration has no MCP route, and there is no --url.");
  const connecting: Connecting = { scope, servers, hook, places, tokenVariable: options.tokenEnv ?? null };
  const plan = options.managed && client.managed !== null ? client.managed(connecting) : client.plan(connecting);
  return { plan, notes: client.hasHook ? [...notes, ...steps] : notes };
}

function changesOf({ edits }: Plan, records: Records, { undo, managed }: ConnectOptions, scope: Scope): Change[] {
  if (undo) {
    const changes = edits.flatMap(({ path }) => undoFor(path, records) ?? []);
    if (changes.length > 0) return changes;
    const files = edits.map(({ path }) => path).join(", ");
    throw new CliFailure(
      exits.negative,
      "connect_unknown",
      `Nothing was written to ${files} by this user, so there is nothing to take out.`,
    );
  }
  const mode = managed || scope === "project" ? 0o644 : 0o600;
  // A file that gets nothing any more loses what an earlier run has put in.
  const changes = edits.flatMap((edit) =>
    isEmpty(edit) ? (undoFor(edit.path, records) ?? []) : changeFor(edit, records, mode),
  );
  if (changes.length > 0) return changes;
  throw new CliFailure(
    exits.usage,
    "connect_nothing",
    "These files hold hooks alone, and no hook is wanted: see --hooks.",
  );
}

function isEmpty(edit: Edit): boolean {
  return edit.format === "json" ? edit.entries.length === 0 : edit.tables === "";
}

interface Shown extends Pick<ConnectOptions, "json" | "dryRun" | "undo"> {
  readonly title: string;
  readonly scope: string;
}

function report(printer: Printer, shown: Shown, changes: readonly Change[], notes: readonly string[]): void {
  const { title, scope, json, dryRun, undo } = shown;
  const files = changes.map(({ file, before, after, left, dropped }) => ({
    file,
    changed: before !== after,
    ...(dryRun ? { difference: differenceText(before ?? "", after ?? "") } : {}),
    left: left.map(nameOf),
    ...(undo ? {} : { taken_out: dropped.map(nameOf) }),
  }));
  const done = undo ? "taken out of" : "connected in";
  const head = `${title}, ${scope}: ${dryRun ? `would be ${done}` : done} ${files.length === 1 ? "one file" : `${files.length} files`}`;
  const texts = changes.map((change) => changeText(change, shown));
  printer.result(json, { client: title, scope, dry_run: dryRun, files, notes }, [head, ...texts].join("\n"));
  for (const note of notes) printer.message(note);
}

function nameOf({ path }: Place): string {
  return path.join(".");
}

function changeText({ file, before, after, left, dropped }: Change, { dryRun, undo }: Shown): string {
  const what =
    before === after ? "nothing to change" : before === null ? "new" : after === null ? "removed" : "changed";
  const told = (places: readonly Place[], text: string) =>
    places.map((place) => `    ${text}: ${escapeControls(nameOf(place))}`);
  const kept = told(left, "left as it is, since somebody has written or changed it");
  const gone = undo ? [] : told(dropped, "taken out, since it was put in before and is not wanted now");
  const difference =
    dryRun && before !== after ? [escapeControls(differenceText(before ?? "", after ?? ""), true)] : [];
  return [`  ${escapeControls(file)}: ${what}`, ...difference, ...gone, ...kept].join("\n");
}
