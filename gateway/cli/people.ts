import { Option } from "commander";
import type { PersonRow } from "../admin/routes/people.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { table } from "./common/printer.ts";
import { type Verb, CliFailure, exits } from "./common/verb.ts";

/** `sallyport people list` */
export const list: Verb = {
  usage: "list",
  summary: "accounts of the console",
  examples: ["people list"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions) {
    const answer = await withConsole(options, (session) => session.get("/api/people"));
    const cells = (answer["items"] as PersonRow[]).map((row) => [
      row.name,
      row.issuer ?? "configuration",
      row.subject,
      row.may_sign_in ? row.roles.join(", ") : "may not sign in",
      String(row.passkeys),
      row.also.join(", "),
    ]);
    printer.result(options.json, answer, table(["NAME", "FROM", "SUBJECT", "ROLES", "PASSKEYS", "ALSO"], cells));
  },
};

interface RemoveOptions extends ConsoleOptions {
  readonly issuer?: string;
  readonly reason: string;
}

/** `sallyport people remove SUBJECT` */
export const remove: Verb = {
  usage: "remove <subject>",
  summary: "remove the account of a person from a provider, with its passkeys and sessions",
  examples: ['people remove u-1001 --reason "left the company"'],
  options: [
    ...consoleOptions,
    new Option("--issuer <url>", "the provider; needed when two of them know this subject"),
    new Option("--reason <text>", "why; kept in the log").makeOptionMandatory(),
  ],
  async run({ printer }, { reason, ...options }: RemoveOptions, subject: string) {
    const { name, id } = await withConsole(options, async (session) => {
      const account = accountOf((await session.get("/api/people"))["items"] as PersonRow[], subject, options.issuer);
      await session.post(`/api/people/${encodeURIComponent(account.id)}/remove`, { reason });
      return account;
    });
    const text = `Removed ${name} (${subject}), with passkeys and sessions.`;
    printer.result(options.json, { id, removed: true }, text);
  },
};

/** The account with this subject. Accounts are not found by name: a provider may give a name to another person later. */
function accountOf(rows: readonly PersonRow[], subject: string, issuer: string | undefined): PersonRow {
  const found = rows.filter((row) => row.subject === subject && (issuer === undefined || row.issuer === issuer));
  const [account, other] = found;
  if (account === undefined)
    throw new CliFailure(
      exits.negative,
      "account_unknown",
      `Nobody from a provider has the subject ${subject}; see people list.`,
    );
  if (other !== undefined)
    throw new CliFailure(exits.usage, "account_ambiguous", `Two providers know ${subject}; say which: --issuer URL.`);
  return account;
}
