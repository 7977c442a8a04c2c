import { Option } from "commander";
import type { Revocation } from "../domain/revocation.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { table } from "./common/printer.ts";
import { type Verb, CliFailure, exits } from "./common/verb.ts";

/** `sallyport access list` */
export const list: Verb = {
  usage: "list",
  summary: "whose access was ended",
  examples: ["access list"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions) {
    const answer = await withConsole(options, (session) => session.get("/api/revocations"));
    const rows = answer["items"] as Revocation[];
    const cells = rows.map((row) => [row.id, row.kind, row.target, row.by, new Date(row.at).toISOString(), row.reason]);
    const text = table(["ID", "KIND", "TARGET", "BY", "AT", "REASON"], cells);
    printer.result(options.json, answer, rows.length === 0 ? "Nobody's access was ended." : text);
  },
};

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
export const revoke: Verb = {
  usage: "revoke",
  summary: "end access at once: of a caller and those who act for it, of a session, or of everybody",
  examples: [
    'access revoke --session s_01J9… --reason "the task is over"',
    'access revoke --subject alice@shop.example --reason "left the company"',
    'access revoke --everybody --reason "incident 42"',
  ],
  options: [
    ...consoleOptions,
    new Option("--subject <id>", "of this caller, and of those who act for it").conflicts([
      "session",
      "task",
      "everybody",
    ]),
    new Option("--session <id>", "of this session").conflicts(["task", "everybody"]),
    new Option("--task <id>", "refused until the gateway knows tasks").conflicts("everybody").hideHelp(),
    new Option("--everybody", "the kill switch: every call is refused until it is lifted"),
    new Option("--issuer <url>", "only of the subject or session of this issuer"),
    new Option("--anyway", "also when nothing known has this id: it is meant ahead of time").default(false),
    new Option("--reason <text>", "why; callers are told the reason").makeOptionMandatory(),
  ],
  async run({ printer }, options: RevokeOptions) {
    const made = await withConsole(options, (session) => session.post("/api/revocations", revocationRequest(options)));
    const text =
      made["durable"] === false
        ? `Access ended (${String(made["id"])}), in this process only: the store cannot be written now. A restart before it can be would give access back.`
        : `Access ended (${String(made["id"])}); what was held under it has ended too.`;
    printer.result(options.json, made, text);
  },
};

/** The body of POST /api/revocations. */
function revocationRequest({ subject, session, task, everybody, issuer, anyway, reason }: RevokeOptions): object {
  if (everybody === true) return { kind: "gateway", reason };
  if (task !== undefined) return { kind: "task", target: task, reason };
  const target = subject ?? session;
  if (target === undefined)
    throw new CliFailure(exits.usage, "target_missing", "Say whose: --subject, --session or --everybody.");
  return { kind: subject === undefined ? "session" : "subject", issuer: issuer ?? null, target, reason, anyway };
}

/** `sallyport access lift ID` */
export const lift: Verb = {
  usage: "lift <id>",
  summary: "give access back; what had ended stays ended",
  examples: ["access lift k_7Yw1…"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, id: string) {
    await withConsole(options, (session) => session.post(`/api/revocations/${encodeURIComponent(id)}/lift`, {}));
    printer.result(options.json, { id, lifted: true }, `Lifted ${id}; calls are judged again.`);
  },
};
