import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { verb } from "./verb.ts";
import { visible } from "./visible.ts";

/** `sallyport channels retry LETTER` */
export function addChannelsRetry(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "retry <letter>", "try a message again that was given up", ["channels retry a_7Qm….payments-slack"]),
  ).action(async function retry(letter: string, options: ConsoleOptions) {
    const answer = await withConsole(options, (session) =>
      session.post(`/api/channels/dead-letters/${encodeURIComponent(letter)}/retry`, {}),
    );
    cli.printer.result(options.json, answer, `${visible(letter)} is tried again.`);
  });
}
