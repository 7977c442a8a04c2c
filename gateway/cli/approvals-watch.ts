import type { Command } from "commander";
import type { ApprovalRow } from "../admin/approval-view.ts";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { verb } from "./verb.ts";
import { visible } from "./visible.ts";

/** `sallyport approvals watch`: one line for each change, until Ctrl-C. */
export function addApprovalsWatch(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "watch", "follow holds and decisions as they happen", [
      "approvals watch",
      "approvals watch --json | jq .summary",
    ]),
  ).action(async function watch(options: ConsoleOptions) {
    await withConsole(options, async (session) => {
      const open = (await session.get("/api/approvals?state=open"))["items"] as ApprovalRow[];
      for (const row of open.toReversed()) print(cli, options.json, row);
      for await (const { name, data } of session.events(cli.stop)) {
        if (name === "approval") print(cli, options.json, data as ApprovalRow);
        if (name === "ended")
          throw new CliFailure(exits.unreachable, "session_ended", "The console ended the session; sign in again.");
      }
      if (!cli.stop.aborted) throw new CliFailure(exits.unreachable, "events_ended", "The console closed the stream.");
    });
  });
}

function print(cli: Cli, json: boolean, row: ApprovalRow): void {
  cli.printer.result(
    json,
    row,
    visible(`${row.state.padEnd(9)}  ${row.id}  ${row.agent}  ${row.tool}  ${row.summary}`),
  );
}
