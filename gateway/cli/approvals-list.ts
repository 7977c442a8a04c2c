import type { Command } from "commander";
import { Option } from "commander";
import type { ApprovalRow } from "../admin/approval-view.ts";
import { approvalTable } from "./approval-text.ts";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { verb, wholeNumber } from "./verb.ts";

/** `sallyport approvals list` */
export function addApprovalsList(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "list", "calls that wait for a person, or that were decided", [
      "approvals list",
      "approvals list --state closed --json",
    ]),
  )
    .addOption(new Option("--state <state>", "open or closed").choices(["open", "closed"]).default("open"))
    .option("--limit <n>", "how many at most", wholeNumber, 50)
    .action(async function list(options: ConsoleOptions & { state: string; limit: number }) {
      const answer = await withConsole(options, (session) =>
        session.get(`/api/approvals?state=${options.state}&limit=${options.limit}`),
      );
      cli.printer.result(options.json, answer, approvalTable(answer["items"] as ApprovalRow[], Number(answer["now"])));
    });
}
