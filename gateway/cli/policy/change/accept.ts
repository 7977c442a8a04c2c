import { Option } from "commander";
import { notAskedLines, whyItWaits } from "../../../bundles/require/unfulfilled.ts";
import type { AcceptedAnswer, ChangeQuestion, PolicyStatus, WaitingChange } from "../../../domain/ports.ts";
import { escapeControls } from "../../../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, type ConsoleSession, withConsole } from "../../common/console-client.ts";
import { type CliDeps, CliFailure, exits, type Verb } from "../../common/verb.ts";
import { kindLines, notComparedLines } from "./report-text.ts";

interface AcceptOptions extends ConsoleOptions {
  readonly reason?: string;
}

/** `sallyport policy accept [REVISION]` */
export const accept: Verb = {
  usage: "accept [revision]",
  summary: "accept a change of the policy that waits, or ask for its approval; without a revision it is only shown",
  examples: ["policy accept", 'policy accept 55ecb11b --reason "refunds up to 800 EUR, ticket 42"'],
  options: [...consoleOptions, new Option("--reason <text>", "why; kept in the history")],
  async run(deps: CliDeps, options: AcceptOptions, revision?: string) {
    await withConsole(options, (session) =>
      revision === undefined ? show(deps, session, options) : acceptIt(deps, session, { ...options, revision }),
    );
  },
};

async function show({ printer }: CliDeps, session: ConsoleSession, { json }: AcceptOptions): Promise<void> {
  const { waiting, failure } = (await session.get("/api/policy")) as unknown as PolicyStatus;
  if (waiting === undefined) {
    const why = failure === null ? "" : ` An edit is not active for another reason:\n${failure.message}`;
    throw new CliFailure(exits.negative, "nothing_waits", escapeControls(`No change of the policy waits.${why}`, true));
  }
  printer.result(json, waiting, waitingText(printer, waiting));
}

function waitingText({ colors }: CliDeps["printer"], change: WaitingChange): string {
  const { revision, digest, before, why, needsApproval, question, impact } = change;
  const head = `revision ${revision} (${digest}) waits, in the place of ${before.revision}: ${whyItWaits[why]}`;
  const counts =
    impact === null
      ? []
      : [
          `${impact.decisions} recorded decisions, ${impact.compared} compared: ${impact.changed} changed, ${impact.widened} of them widened`,
          ...kindLines(colors, impact.kinds),
          ...notComparedLines(impact.notCompared),
          ...notAskedLines(impact),
        ];
  const verb = `sallyport policy accept ${revision}`;
  const next =
    question === null
      ? `${needsApproval ? "ask for its approval" : "accept it"} with \`${verb}\``
      : `${questionText(question)}`;
  return [escapeControls(head), ...counts, "", escapeControls(next)].join("\n");
}

async function acceptIt(
  { printer }: CliDeps,
  session: ConsoleSession,
  { revision, reason, json }: AcceptOptions & { readonly revision: string },
): Promise<void> {
  const done = await session.post("/api/policy/accept", { revision, reason: reason ?? null });
  const { question, revision: whole, pinned } = done as unknown as AcceptedAnswer;
  const what = pinned
    ? "is accepted, and held as long as another revision is pinned (`sallyport policy activate latest` ends that)"
    : "is active";
  const text = question === null ? `Revision ${whole} ${what}.` : questionText(question);
  printer.result(json, done, escapeControls(text));
}

function questionText({ id, state, by, reason }: ChangeQuestion): string {
  const where = `\`sallyport approvals show ${id}\``;
  return state === "held"
    ? `Asked for by ${by}; it waits for the approval of others: ${where}`
    : `${id}, asked for by ${by}, is ${state}${reason === null ? "" : ` (${reason})`}: ${where}`;
}
