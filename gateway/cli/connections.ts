import { Option } from "commander";
import type { ConnectionRow, EndedConnectionAnswer } from "../admin/routes/connections.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { countsText, unansweredText } from "./common/ended-text.ts";
import { table } from "./common/printer.ts";
import type { Verb } from "./common/verb.ts";

/** `sallyport credentials connections` */
export const connections: Verb = {
  usage: "connections",
  summary: "the accounts that people have connected: whose, to what, since when, and when they were used",
  examples: ["credentials connections", "credentials connections --json"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions) {
    const answer = await withConsole(options, (session) => session.get("/api/connections"));
    const rows = answer["items"] as ConnectionRow[];
    const cells = rows.map((row) => [
      ...[row.id, row.person ?? row.account, row.credential, row.upstream],
      ...[timeText(row.connected_at), tokenText(row), usedText(row), stateText(row)],
    ]);
    const heads = ["ID", "PERSON", "CREDENTIAL", "ACCOUNT THERE", "SINCE", "TOKEN", "LAST USED", "STATE"];
    printer.result(options.json, answer, rows.length === 0 ? "Nobody has connected an account." : table(heads, cells));
  },
};

interface DisconnectOptions extends ConsoleOptions {
  readonly reason: string;
}

/** `sallyport credentials disconnect ID` */
export const disconnect: Verb = {
  usage: "disconnect <id>",
  summary: "end a connected account of a person: what is under way with it is cut, and it is revoked at the other side",
  examples: ['credentials disconnect k_7Yw1… --reason "the account there was taken over"'],
  options: [
    ...consoleOptions,
    new Option(
      "--reason <text>",
      "why; the person, callers that are cut and the record are told",
    ).makeOptionMandatory(),
  ],
  async run({ printer }, options: DisconnectOptions, id: string) {
    const path = `/api/connections/${encodeURIComponent(id)}/disconnect`;
    const answer = (await withConsole(options, (session) => session.post(path, { reason: options.reason }))) as unknown;
    const { matched } = answer as EndedConnectionAnswer;
    const text = [
      `Disconnected ${id}. Ended with it: ${countsText(matched)}.`,
      ...unansweredText(matched),
      "The person can connect it again; to end their access: access revoke --subject",
    ];
    printer.result(options.json, answer, text.join("\n"));
  },
};

function timeText(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function tokenText({ state, token_ends_at, renewed }: ConnectionRow): string | null {
  if (state === "ended") return null;
  const end = token_ends_at === null ? "end not known" : `ends ${new Date(token_ends_at).toISOString()}`;
  return renewed ? `${end}, renewed` : end;
}

function usedText({ used_at, used_by }: ConnectionRow): string | null {
  return used_at === null ? null : `${new Date(used_at).toISOString()} by ${used_by ?? ""}`;
}

function stateText({ why, reason }: ConnectionRow): string {
  switch (why) {
    case null:
      return "connected";
    case "refused":
      return "refused at the other side";
    case "ended":
      return "ended with the person's access";
    case "operator":
      return `disconnected: ${reason ?? ""}`;
  }
}
