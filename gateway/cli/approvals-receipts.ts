import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import { type ConsoleOptions, consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { verb } from "./verb.ts";

/** `sallyport approvals receipts ID` */
export function addApprovalsReceipts(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "receipts <id>", "the signed receipts of one approval, oldest first", [
      "approvals receipts a_2ZqX… | tail -n 1 > receipt.jws",
    ]),
  ).action(async function receipts(id: string, options: ConsoleOptions) {
    const path = `/api/approvals/${encodeURIComponent(id)}/receipts`;
    const answer = await withConsole(options, (session) => session.get(path));
    const items = answer["items"] as { jws: string }[];
    cli.printer.result(options.json, answer, items.map(({ jws }) => jws).join("\n"));
  });
}
