import type { Command } from "commander";
import type { ApprovalCard } from "../admin/approval-view.ts";
import { approvalText } from "./approval-text.ts";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { verb } from "./verb.ts";

/** `sallyport approvals show ID` */
export function addApprovalsShow(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "show <id>", "one held call, complete", ["approvals show a_2ZqX…", "approvals show a_2ZqX… --json"]),
  ).action(async function show(id: string, options: ConsoleOptions) {
    const card = await withConsole(options, (session) => session.get(`/api/approvals/${encodeURIComponent(id)}`));
    cli.printer.result(options.json, card, approvalText(card as unknown as ApprovalCard, Number(card["now"])));
  });
}
