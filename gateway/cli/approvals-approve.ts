import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import type { ApprovalCard } from "../admin/approval-view.ts";
import { approvalText } from "./approval-text.ts";
import { type CardRead, castVote, pathOf, readCard, type VoteOptions } from "./cast-vote.ts";
import type { Cli } from "./cli.ts";
import { consoleOptions } from "./console-access.ts";
import { type ConsoleSession, withConsole } from "./console-client.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { verb } from "./verb.ts";
import { visible } from "./visible.ts";

interface ApproveOptions extends VoteOptions {
  readonly yes?: boolean;
}

/** `sallyport approvals approve ID` */
export function addApprovalsApprove(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "approve <id>", "read one held call, and approve it when asked", [
      "approvals approve a_2ZqX…",
      'approvals approve a_2ZqX… --yes --digest sha256:… --reason "order checked"',
    ]),
  )
    .option("--reason <text>", "why; some policies ask for it")
    .option("--digest <digest>", "approve only if the call still has this digest")
    .option("-y, --yes", "do not ask; needs --digest of the call that was read before")
    .action((id: string, options: ApproveOptions) => approve(cli, id, options));
}

/** How often a console is told that the card is on the screen. */
const reportEveryMs = 2_000;

async function approve(cli: Cli, id: string, options: ApproveOptions): Promise<void> {
  assertConfirmable(cli, options);
  const { before, after } = await withConsole(options, async (session) => {
    const card = await readCard(session, id, options);
    if (!card.may_vote) throw new CliFailure(exits.negative, "vote_refused", card.why_not ?? "It cannot be approved.");
    return { before: card, after: await whileShown(session, card, () => confirmed(cli, session, card, options)) };
  });
  const done = `Approved; ${whatFollows(after)}`;
  const text = options.yes === true ? `${approvalText(before, before.now)}\n\n${done}` : done;
  cli.printer.result(options.json, after, text);
}

/** What the vote led to: one of several that are needed, or all that it took. */
function whatFollows({ state }: ApprovalCard): string {
  if (state === "held") return "the call waits for further approvals.";
  return state === "approved"
    ? "the call may now run, once and exactly as shown."
    : `the call is now ${visible(state)}.`;
}

/** @throws CliFailure approval_unconfirmed: nobody is there to ask, and nothing says which call was read */
function assertConfirmable({ terminal }: Cli, { yes = false, digest }: ApproveOptions): void {
  if (yes ? digest !== undefined : terminal !== null) return;
  const what = yes ? "--yes needs --digest" : "Without a terminal nobody can be asked: give --yes --digest";
  const message = `${what}, with the digest that \`sallyport approvals show\` prints of the call. Nothing was decided.`;
  throw new CliFailure(exits.usage, "approval_unconfirmed", message);
}

/** Shows the call, asks, and votes: in this order. @throws CliFailure approval_unconfirmed for any answer but yes */
async function confirmed(
  cli: Cli,
  session: ConsoleSession,
  card: CardRead,
  options: ApproveOptions,
): Promise<ApprovalCard> {
  if (options.yes !== true) {
    cli.printer.say(approvalText(card, card.now));
    const answer = await cli.terminal?.ask("\nApprove exactly this call? Type yes to approve it: ");
    if (!/^y(es)?$/i.test(answer?.trim() ?? ""))
      throw new CliFailure(exits.negative, "approval_unconfirmed", "Not approved. Nothing was decided.");
  }
  await reviewed(session, card);
  return castVote(session, card, "approve", options);
}

/** What cannot be undone is looked at for a while; an answer that came sooner waits for the rest. */
async function reviewed(session: ConsoleSession, card: CardRead): Promise<void> {
  for (let left = card.review_ms; left > 0;) {
    const { viewed_ms } = await session.post(`${pathOf(card.id)}/viewing`, { visible: true });
    left = card.review_ms - Number(viewed_ms);
    if (left > 0) await setTimeout(Math.min(left, reportEveryMs));
  }
}

/** Reports the card as shown for as long as the work goes on. */
async function whileShown<T>(session: ConsoleSession, { id }: CardRead, work: () => Promise<T>): Promise<T> {
  // A report that fails counts for nothing; the vote says what is missing.
  const report = (visible: boolean) => session.post(`${pathOf(id)}/viewing`, { visible }).catch(() => null);
  await report(true);
  const timer = setInterval(() => void report(true), reportEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await report(false);
  }
}
