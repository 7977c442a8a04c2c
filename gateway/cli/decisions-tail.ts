import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import type { DecisionRow } from "../domain/ports.ts";
import type { Cli } from "./cli.ts";
import { consoleOptions } from "./console-access.ts";
import type { ConsoleSession } from "./console-client.ts";
import { withConsole } from "./console-client.ts";
import type { DecisionOptions } from "./decision-query.ts";
import { decisionOptions, decisionPath } from "./decision-query.ts";
import { decisionLine } from "./decision-text.ts";
import { verb } from "./verb.ts";

const everyMs = 1000;

interface TailOptions extends DecisionOptions {
  readonly follow: boolean;
}

/** `sallyport decisions tail`: the latest, oldest first; with `--follow` those to come as well. */
export function addDecisionsTail(noun: Command, cli: Cli): void {
  const examples = ["decisions tail", "decisions tail --follow --effect deny", "decisions tail -f --json | jq .codes"];
  decisionOptions(consoleOptions(verb(noun, "tail", "the latest decisions", examples)), 20)
    .option("-f, --follow", "go on with those to come, until Ctrl-C", false)
    .action(async function tail(options: TailOptions) {
      await withConsole(options, async (session) => {
        let last = await printNew(cli, session, options, -1);
        while (options.follow && !cli.stop.aborted) {
          await pause(everyMs, undefined, { signal: cli.stop }).catch(() => null);
          if (!cli.stop.aborted) last = await printNew(cli, session, { ...options, limit: 200 }, last);
        }
      });
    });
}

/** Prints what came after sequence number `last`; gives the newest one. */
async function printNew(cli: Cli, session: ConsoleSession, options: TailOptions, last: number): Promise<number> {
  const rows = (await session.get(decisionPath(options, cli.clock.now())))["rows"] as DecisionRow[];
  const fresh = rows.filter((row) => row.seq > last).toSorted((a, b) => a.seq - b.seq);
  for (const row of fresh) cli.printer.result(options.json, row, decisionLine(cli.printer, row));
  return fresh.at(-1)?.seq ?? last;
}
