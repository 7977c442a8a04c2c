import type { Command } from "commander";
import type { DecisionRow } from "../domain/ports.ts";
import type { Cli } from "./cli.ts";
import { consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import type { DecisionOptions } from "./decision-query.ts";
import { decisionOptions, decisionPath } from "./decision-query.ts";
import { decisionLines } from "./decision-text.ts";
import { verb } from "./verb.ts";

/** `sallyport decisions search`: newest first. */
export function addDecisionsSearch(noun: Command, cli: Cli): void {
  const examples = [
    "decisions search --effect deny --since 2h",
    "decisions search --tool payments/create_refund --subject refund-bot --json",
  ];
  decisionOptions(consoleOptions(verb(noun, "search", "find decisions, newest first", examples)), 50)
    .option("--after <cursor>", "go on after the `next` of the last answer")
    .action(async function search(options: DecisionOptions) {
      const answer = await withConsole(options, (session) => session.get(decisionPath(options, cli.clock.now())));
      const more = typeof answer["next"] === "string" ? `\nMore: --after ${answer["next"]}` : "";
      cli.printer.result(options.json, answer, decisionLines(cli.printer, answer["rows"] as DecisionRow[]) + more);
    });
}
