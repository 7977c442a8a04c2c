import { Option } from "commander";
import type { GrantRow } from "../admin/routes/grants.ts";
import { timeSpan } from "./approvals/approvals.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { table } from "./common/printer.ts";
import type { Verb } from "./common/verb.ts";

interface ListOptions extends ConsoleOptions {
  readonly all: boolean;
}

/** `sallyport grants list` */
export const list: Verb = {
  usage: "list",
  summary: "permissions that approvals issued",
  examples: ["grants list", "grants list --all"],
  options: [...consoleOptions, new Option("--all", "also those that are used up, over or revoked").default(false)],
  async run({ printer }, options: ListOptions) {
    const state = options.all ? "all" : "live";
    const answer = await withConsole(options, (session) => session.get(`/api/grants?state=${state}`));
    printer.result(options.json, answer, grantTable(answer["items"] as GrantRow[], Number(answer["now"])));
  },
};

function grantTable(rows: readonly GrantRow[], now: number): string {
  if (rows.length === 0) return "Nothing here. Approvals wider than one call appear here.";
  const cells = rows.map((row) => [
    row.id,
    row.revoked === null ? timeSpan(row.expires_at - now) : `revoked by ${row.revoked.by}`,
    `${row.uses_left} of ${row.scope.uses}`,
    row.scope.kind,
    row.agent,
    row.tool,
    row.approvers.join(", "),
  ]);
  return table(["ID", "LEFT", "USES", "SCOPE", "AGENT", "TOOL", "GIVEN BY"], cells);
}

interface RevokeOptions extends ConsoleOptions {
  readonly reason?: string;
}

/** `sallyport grants revoke ID` */
export const revoke: Verb = {
  usage: "revoke <id>",
  summary: "take a permission back, effective on the next call",
  examples: ['grants revoke g_8fQ2… --reason "the task is over"'],
  options: [...consoleOptions, new Option("--reason <text>", "why; kept with the grant")],
  async run({ printer }, options: RevokeOptions, id: string) {
    const body = { reason: options.reason ?? null };
    const path = `/api/grants/${encodeURIComponent(id)}/revoke`;
    const grant = await withConsole(options, (session) => session.post(path, body));
    printer.result(options.json, grant, `Revoked ${id}; the next call needs a new approval.`);
  },
};
