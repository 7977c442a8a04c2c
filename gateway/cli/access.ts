import { type Command, Option } from "commander";
import type { Revocation } from "../domain/revocation.ts";
import type { Cli } from "./cli.ts";
import { type ConsoleOptions, consoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { table } from "./printer.ts";
import { verb } from "./verb.ts";

/** `sallyport access list` */
export function addAccessList(noun: Command, cli: Cli): void {
  consoleOptions(verb(noun, "list", "whose access was ended", ["access list"])).action(async function list(
    options: ConsoleOptions,
  ) {
    const answer = await withConsole(options, (session) => session.get("/api/revocations"));
    const rows = answer["items"] as Revocation[];
    const cells = rows.map((row) => [row.id, row.kind, row.target, row.by, new Date(row.at).toISOString(), row.reason]);
    const text = table(["ID", "KIND", "TARGET", "BY", "AT", "REASON"], cells);
    cli.printer.result(options.json, answer, rows.length === 0 ? "Nobody's access was ended." : text);
  });
}

interface RevokeOptions extends ConsoleOptions {
  readonly subject?: string;
  readonly session?: string;
  readonly task?: string;
  readonly everybody?: boolean;
  readonly issuer?: string;
  readonly anyway: boolean;
  readonly reason: string;
}

/** `sallyport access revoke` */
export function addAccessRevoke(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "revoke", "end access at once: of a caller and those who act for it, of a session, or of everybody", [
      'access revoke --session s_01J9… --reason "the task is over"',
      'access revoke --subject alice@shop.example --reason "left the company"',
      'access revoke --everybody --reason "incident 42"',
    ]),
  )
    .addOption(
      new Option("--subject <id>", "of this caller, and of those who act for it").conflicts([
        "session",
        "task",
        "everybody",
      ]),
    )
    .addOption(new Option("--session <id>", "of this session").conflicts(["task", "everybody"]))
    .addOption(new Option("--task <id>", "refused until the gateway knows tasks").conflicts("everybody").hideHelp())
    .option("--everybody", "the kill switch: every call is refused until it is lifted")
    .option("--issuer <url>", "only of the subject or session of this issuer")
    .option("--anyway", "also when nothing known has this id: it is meant ahead of time", false)
    .requiredOption("--reason <text>", "why; callers are told it")
    .action(async function revoke(options: RevokeOptions) {
      const made = await withConsole(options, (session) => session.post("/api/revocations", wanted(options)));
      const text =
        made["durable"] === false
          ? `Access ended (${String(made["id"])}), in this process only: the store cannot be written now. A restart before it can be would give access back.`
          : `Access ended (${String(made["id"])}); what was held under it has ended too.`;
      cli.printer.result(options.json, made, text);
    });
}

function wanted({ subject, session, task, everybody, issuer, anyway, reason }: RevokeOptions): object {
  if (everybody === true) return { kind: "gateway", reason };
  if (task !== undefined) return { kind: "task", target: task, reason };
  const target = subject ?? session;
  if (target === undefined)
    throw new CliFailure(exits.usage, "target_missing", "Say whose: --subject, --session or --everybody.");
  return { kind: subject === undefined ? "session" : "subject", issuer: issuer ?? null, target, reason, anyway };
}

/** `sallyport access lift ID` */
export function addAccessLift(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "lift <id>", "give access back; what had ended stays ended", ["access lift k_7Yw1…"]),
  ).action(async function lift(id: string, options: ConsoleOptions) {
    await withConsole(options, (session) => session.post(`/api/revocations/${encodeURIComponent(id)}/lift`, {}));
    cli.printer.result(options.json, { id, lifted: true }, `Lifted ${id}; calls are judged again.`);
  });
}
