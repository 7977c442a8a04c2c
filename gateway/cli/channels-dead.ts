import type { Command } from "commander";
import type { DeadLetter } from "../domain/ports.ts";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { table } from "./printer.ts";
import { verb, wholeNumber } from "./verb.ts";

/** `sallyport channels dead` */
export function addChannelsDead(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "dead", "messages to people that were given up, and why", ["channels dead", "channels dead --json"]),
  )
    .option("--limit <n>", "how many at most", wholeNumber, 100)
    .action(async function dead(options: ConsoleOptions & { limit: number }) {
      const answer = await withConsole(options, (session) =>
        session.get(`/api/channels/dead-letters?limit=${options.limit}`),
      );
      cli.printer.result(options.json, answer, deadTable(answer["items"] as DeadLetter[]));
    });
}

function deadTable(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return "No message was given up.";
  const rows = letters.map(({ id, attempts, error_at, error }) => [
    id,
    String(attempts),
    error_at === null ? null : new Date(error_at).toISOString(),
    error,
  ]);
  return table(["LETTER", "ATTEMPTS", "LAST", "ERROR"], rows);
}
