import type { Command } from "commander";
import type { GrantRow } from "../admin/routes/grants.ts";
import { span } from "./approval-text.ts";
import type { Cli } from "./cli.ts";
import { type ConsoleOptions, consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { table } from "./printer.ts";
import { verb } from "./verb.ts";

/** `sallyport grants list` */
export function addGrantsList(noun: Command, cli: Cli): void {
  consoleOptions(verb(noun, "list", "permissions that approvals left behind", ["grants list", "grants list --all"]))
    .option("--all", "also those that are used up, over or revoked", false)
    .action(async function list(options: ConsoleOptions & { all: boolean }) {
      const state = options.all ? "all" : "live";
      const answer = await withConsole(options, (session) => session.get(`/api/grants?state=${state}`));
      cli.printer.result(options.json, answer, grantTable(answer["items"] as GrantRow[], Number(answer["now"])));
    });
}

/** `sallyport grants revoke ID` */
export function addGrantsRevoke(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "revoke <id>", "take a permission back, effective on the next call", [
      'grants revoke g_8fQ2… --reason "the task is over"',
    ]),
  )
    .option("--reason <text>", "why; kept with the grant")
    .action(async function revoke(id: string, options: ConsoleOptions & { reason?: string }) {
      const body = { reason: options.reason ?? null };
      const path = `/api/grants/${encodeURIComponent(id)}/revoke`;
      const grant = await withConsole(options, (session) => session.post(path, body));
      cli.printer.result(options.json, grant, `Revoked ${id}; the next call is asked about again.`);
    });
}

function grantTable(rows: readonly GrantRow[], now: number): string {
  if (rows.length === 0) return "Nothing here. Approvals wider than one call appear here.";
  const cells = rows.map((row) => [
    row.id,
    row.revoked === null ? span(row.expires_at - now) : `revoked by ${row.revoked.by}`,
    `${row.uses_left} of ${row.scope.uses}`,
    row.scope.kind,
    row.agent,
    row.tool,
    row.approvers.join(", "),
  ]);
  return table(["ID", "LEFT", "USES", "SCOPE", "AGENT", "TOOL", "GIVEN BY"], cells);
}
