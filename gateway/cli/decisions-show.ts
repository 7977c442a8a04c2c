import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { verb } from "./verb.ts";
import { visible } from "./visible.ts";

/** `sallyport decisions show ID`: the records as written. */
export function addDecisionsShow(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "show <id>", "one decision and its outcome, as recorded", [
      "decisions show d_9fK2…",
      "decisions show d_9fK2… --json | jq .decision.result",
    ]),
  ).action(async function show(id: string, options: ConsoleOptions) {
    const found = await withConsole(options, (session) => session.get(`/api/decisions/${encodeURIComponent(id)}`));
    const { decision, outcome } = found;
    cli.printer.result(options.json, found, visible(JSON.stringify({ decision, outcome }, null, 2), true));
  });
}
