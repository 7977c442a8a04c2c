import { Option } from "commander";
import type { FoundRevocation, MadeRevocation } from "../admin/routes/revocations.ts";
import type { Revocation, RevocationKind, SessionCaller } from "../domain/revocation.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { countsText, unansweredText } from "./common/ended-text.ts";
import { timeOption } from "./common/moment.ts";
import { table } from "./common/printer.ts";
import { durationOption, type Verb, CliFailure, exits } from "./common/verb.ts";

/** `sallyport access list` */
export const list: Verb = {
  usage: "list",
  summary: "whose access was ended, and for how long still",
  examples: ["access list"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions) {
    const answer = await withConsole(options, (session) => session.get("/api/revocations"));
    const rows = answer["items"] as Revocation[];
    const now = Number(answer["now"]);
    const cells = rows.map((row) => [
      ...[row.id, row.kind, targetText(row), leftText(row.until, now), row.by],
      ...[new Date(row.at).toISOString(), row.reason],
    ]);
    const text = table(["ID", "KIND", "TARGET", "LEFT", "BY", "AT", "REASON"], cells);
    printer.result(options.json, answer, rows.length === 0 ? "Nobody's access was ended." : text);
  },
};

interface RevokeOptions extends ConsoleOptions, Named {
  readonly everybody?: boolean;
  readonly issuer?: string;
  readonly for?: number;
  readonly until?: string;
  readonly thisNameOnly: boolean;
  readonly anyway: boolean;
  readonly dryRun: boolean;
  readonly reason: string;
}

/** The options that name whose access ends, of which there is one. */
type Named = { readonly [Kind in Exclude<RevocationKind, "gateway" | "issuer">]?: string };

const names = ["subject", "client", "key", "session", "task", "tool", "server"] as const;

function nameOption(flags: string, name: (typeof names)[number], description: string): Option {
  return new Option(flags, description).conflicts([...names.filter((other) => other !== name), "everybody"]);
}

/** `sallyport access revoke` */
export const revoke: Verb = {
  usage: "revoke",
  summary: "end access at once: what is held is cancelled, what is under way is cut",
  examples: [
    'access revoke --session s_01J9… --reason "the task is over"',
    'access revoke --subject alice@shop.example --reason "left the company"',
    'access revoke --tool payments/create_refund --for 2h --reason "wrong amounts"',
    'access revoke --issuer https://idp.example --reason "its key is out"',
    'access revoke --everybody --reason "incident 42"',
  ],
  options: [
    ...consoleOptions,
    nameOption("--subject <id>", "subject", "of this caller or person, and of those who act for or through them"),
    nameOption("--client <id>", "client", "of this OAuth client"),
    nameOption("--key <thumbprint>", "key", "of whoever proves this key (JWK thumbprint, or x5t#S256)"),
    nameOption("--session <id>", "session", "of this session, by any of its names"),
    nameOption("--task <id>", "task", "of this task"),
    nameOption("--tool <server/tool>", "tool", "to this tool"),
    nameOption("--server <name>", "server", "to all tools of this server"),
    new Option("--everybody", "the kill switch: every call is refused until it is lifted"),
    new Option("--issuer <url>", "only where this issuer vouches for the caller; alone: all its callers"),
    new Option("--for <duration>", "give it back by itself after this long, such as 2h")
      .argParser(durationOption)
      .conflicts("until"),
    new Option(
      "--until <time>",
      "give it back by itself then, such as 2026-11-25T13:00:00Z (UTC where it has no zone)",
    ).argParser(timeOption),
    new Option("--this-name-only", "of a session that its caller named: not of its others").default(false),
    new Option("--anyway", "also when nothing is known by that name: it is meant ahead of time").default(false),
    new Option("--dry-run", "tell what it would end, and end nothing").default(false),
    new Option("--reason <text>", "why; callers are told the reason").makeOptionMandatory(),
  ],
  async run({ printer }, options: RevokeOptions) {
    const target = targetOf(options);
    if (options.dryRun) {
      const found = (await withConsole(options, (session) =>
        session.post("/api/revocations/preview", target),
      )) as unknown;
      return printer.result(options.json, found, previewText(found as FoundRevocation));
    }
    const { reason, anyway, thisNameOnly } = options;
    const end = { ...(options.for === undefined ? {} : { for: Math.round(options.for / 1_000) }), ...untilOf(options) };
    const body = { ...target, ...end, reason, anyway, only_this_name: thisNameOnly };
    const made = (await withConsole(options, (session) => session.post("/api/revocations", body))) as unknown;
    printer.result(options.json, made, madeText(made as MadeRevocation, options));
  },
};

function untilOf({ until }: RevokeOptions): object {
  return until === undefined ? {} : { until };
}

/** Whose access ends, as the console's API has it. @throws CliFailure target_missing */
function targetOf(options: RevokeOptions): object {
  const issuer = options.issuer ?? null;
  if (options.everybody === true) return { kind: "gateway" };
  const { subject, client, key, session, task, tool, server } = options;
  const given = Object.entries({ subject, client, key, session, task, tool, server });
  const [kind, target] = given.find(([, name]) => name !== undefined) ?? [];
  if (kind !== undefined) return { kind, target, ...(issuer === null ? {} : { issuer }) };
  if (issuer !== null) return { kind: "issuer", target: issuer };
  const flags = names.map((name) => `--${name}`).join(", ");
  throw new CliFailure(exits.usage, "target_missing", `Say whose: ${flags}, --issuer or --everybody.`);
}

function previewText({ matched, known, named_by }: FoundRevocation): string {
  if (!known) return "Nothing is known by that name.";
  return [`It would end ${countsText(matched)}.`, ...callersText(named_by, false)].join("\n");
}

function madeText({ id, durable, until, matched, named_by }: MadeRevocation, { thisNameOnly }: RevokeOptions): string {
  const end = until === null ? "" : ` until ${new Date(until).toISOString()}`;
  const restart = "A restart before it can be would give access back.";
  return [
    `Access ended (${id})${end}. Ended with it: ${countsText(matched)}.`,
    ...(durable ? [] : [`In this process only: the store cannot be written now. ${restart}`]),
    ...unansweredText(matched),
    ...callersText(named_by, thisNameOnly),
  ].join("\n");
}

/** A session that a token does not name is a name that its caller can change. */
function callersText(callers: readonly SessionCaller[], onlyThisName: boolean): string[] {
  if (callers.length === 0) return [];
  const who = callers.map(({ subject, issuer, acting_for: person }) =>
    typeof person === "string" ? `${subject} for ${person} (${issuer})` : `${subject} (${issuer})`,
  );
  const [first] = callers as [SessionCaller];
  const whole = `access revoke --subject ${first.subject} --issuer ${first.issuer}`;
  if (onlyThisName)
    return [`Its caller chose that name and can take another: ${who.join(", ")}. To end its access: ${whole}`];
  return [
    `No token names that session, so its caller can name another: all sessions that no token names are meant, of ${who.join(", ")}.`,
    `Those that a token names go on. To end them too: ${whole}`,
  ];
}

function targetText({ target, issuer, callers = [], before = null }: Revocation): string {
  const of = issuer === null ? "" : ` of ${issuer}`;
  const others = callers.length === 0 ? "" : ` and what else ${callers.map(({ subject }) => subject).join(", ")} names`;
  const older = before === null ? "" : `, tokens from before ${new Date(before).toISOString()}`;
  return `${target ?? ""}${of}${others}${older}`;
}

function leftText(until: number | null, now: number): string {
  if (until === null) return "until lifted";
  const seconds = Math.max(0, Math.ceil((until - now) / 1_000));
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${minutes}m` : `${minutes}m ${seconds % 60}s`;
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
