import type { Command } from "commander";
import type { PersonRow } from "../admin/routes/people.ts";
import type { Cli } from "./cli.ts";
import { type ConsoleOptions, consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { table } from "./printer.ts";
import { verb } from "./verb.ts";

/** `sallyport people list` */
export function addPeopleList(noun: Command, cli: Cli): void {
  consoleOptions(verb(noun, "list", "who has an account of the console", ["people list"])).action(async function list(
    options: ConsoleOptions,
  ) {
    const answer = await withConsole(options, (session) => session.get("/api/people"));
    const cells = (answer["items"] as PersonRow[]).map((row) => [
      row.name,
      row.issuer ?? "configuration",
      row.subject,
      row.may_sign_in ? row.roles.join(", ") : "may not sign in",
      String(row.passkeys),
      row.also.join(", "),
    ]);
    cli.printer.result(options.json, answer, table(["NAME", "FROM", "SUBJECT", "ROLES", "PASSKEYS", "ALSO"], cells));
  });
}

interface RemoveOptions extends ConsoleOptions {
  readonly issuer?: string;
  readonly reason: string;
}

/** `sallyport people remove SUBJECT` */
export function addPeopleRemove(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "remove <subject>", "remove the account of somebody from a provider, with its passkeys and sessions", [
      'people remove u-1001 --reason "left the company"',
    ]),
  )
    .option("--issuer <url>", "the provider; needed when two of them know this subject")
    .requiredOption("--reason <text>", "why; kept in the log")
    .action(async function remove(subject: string, options: RemoveOptions) {
      const { name, id } = await withConsole(options, async (session) => {
        const person = only((await session.get("/api/people"))["items"] as PersonRow[], subject, options.issuer);
        await session.post(`/api/people/${encodeURIComponent(person.id)}/remove`, { reason: options.reason });
        return person;
      });
      cli.printer.result(
        options.json,
        { id, removed: true },
        `Removed ${name} (${subject}), with passkeys and sessions.`,
      );
    });
}

/** By subject and not by name: that may be somebody else's by now. */
function only(rows: readonly PersonRow[], subject: string, issuer: string | undefined): PersonRow {
  const found = rows.filter((row) => row.subject === subject && (issuer === undefined || row.issuer === issuer));
  const [person, other] = found;
  if (person === undefined)
    throw new CliFailure(
      exits.negative,
      "account_unknown",
      `Nobody from a provider has the subject ${subject}; see people list.`,
    );
  if (other !== undefined)
    throw new CliFailure(exits.usage, "account_ambiguous", `Two providers know ${subject}; say which: --issuer URL.`);
  return person;
}
