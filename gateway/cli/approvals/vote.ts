import { setTimeout } from "node:timers/promises";
import { Option } from "commander";
import type { ApprovalCard } from "../../admin/approval-view.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, type ConsoleSession, withConsole } from "../common/console-client.ts";
import { type CliDeps, type Verb, CliFailure, exits } from "../common/verb.ts";
import { approvalText } from "./approvals.ts";

interface VoteOptions extends ConsoleOptions {
  readonly reason?: string;
  readonly digest?: string;
}

interface ApproveOptions extends VoteOptions {
  readonly yes?: boolean;
}

/** `sallyport approvals approve ID` */
export const approve: Verb = {
  usage: "approve <id>",
  summary: "read one held call, and approve it after a question",
  examples: ["approvals approve a_2ZqX…", 'approvals approve a_2ZqX… --yes --digest sha256:… --reason "order checked"'],
  options: [
    ...consoleOptions,
    new Option("--reason <text>", "why; some policies ask for it"),
    new Option("--digest <digest>", "approve only if the call still has this digest"),
    new Option("-y, --yes", "do not ask; needs --digest of the call that was read before"),
  ],
  async run(deps, options: ApproveOptions, id: string) {
    assertConfirmable(deps, options);
    const { before, after } = await withConsole(options, async (session) => {
      const card = await readCard(session, id, options);
      if (!card.may_vote)
        throw new CliFailure(exits.negative, "vote_refused", card.why_not ?? "It cannot be approved.");
      const confirmed = () => confirmAndApprove(deps, session, card, options);
      return { before: card, after: await whileReportingView(session, card, confirmed) };
    });
    const done = `Approved; ${whatFollows(after)}`;
    const text = options.yes === true ? `${approvalText(before, before.now)}\n\n${done}` : done;
    deps.printer.result(options.json, after, text);
  },
};

/** `sallyport approvals deny ID --reason TEXT`: denies the call that was read a moment ago, or the one with the given digest. */
export const deny: Verb = {
  usage: "deny <id>",
  summary: "refuse one held call",
  examples: ['approvals deny a_2ZqX… --reason "wrong order"'],
  options: [
    ...consoleOptions,
    new Option("--reason <text>", "why; the agent is told the reason").makeOptionMandatory(),
    new Option("--digest <digest>", "deny only if the call still has this digest"),
  ],
  async run({ printer }, options: VoteOptions, id: string) {
    const { before, after } = await withConsole(options, async (session) => {
      const card = await readCard(session, id, options);
      return { before: card, after: await castVote(session, card, "deny", options) };
    });
    const text = `${approvalText(before, before.now)}\n\nDenied; the call is now ${escapeControls(after.state)}.`;
    printer.result(options.json, after, text);
  },
};

/** @throws CliFailure approval_unconfirmed when there is neither a terminal nor the digest of the call that was read */
function assertConfirmable({ terminal }: CliDeps, { yes = false, digest }: ApproveOptions): void {
  if (yes ? digest !== undefined : terminal !== null) return;
  const what = yes ? "--yes needs --digest" : "Without a terminal there is no one to ask: give --yes --digest";
  const message = `${what}, with the digest that \`sallyport approvals show\` prints of the call. Nothing was decided.`;
  throw new CliFailure(exits.usage, "approval_unconfirmed", message);
}

/** A card as it was read; `now` is the console's time, milliseconds since the epoch. */
type CardRead = ApprovalCard & { readonly now: number };

function pathOf(id: string): string {
  return `/api/approvals/${encodeURIComponent(id)}`;
}

/** @throws CliFailure approval_mismatch when the call has another digest than the given one */
async function readCard(session: ConsoleSession, id: string, { digest }: VoteOptions): Promise<CardRead> {
  const card = (await session.get(pathOf(id))) as unknown as CardRead;
  if (digest === undefined || digest === card.action_digest) return card;
  const message = `${id} is another call than the digest says; nothing was decided.`;
  throw new CliFailure(exits.negative, "approval_mismatch", message);
}

/** Interval of the reports that the card is on the screen. */
const reportEveryMs = 2_000;

/** Reports to the console that the card is shown, until `work` ends. */
async function whileReportingView<T>(session: ConsoleSession, { id }: CardRead, work: () => Promise<T>): Promise<T> {
  // A lost report is ignored: when viewing time is missing, the answer to the vote says so.
  const report = (shown: boolean) => session.post(`${pathOf(id)}/viewing`, { visible: shown }).catch(() => null);
  await report(true);
  const timer = setInterval(() => void report(true), reportEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await report(false);
  }
}

/** Shows the call, asks, and votes. @throws CliFailure approval_unconfirmed for any answer but yes */
async function confirmAndApprove(
  { printer, terminal }: CliDeps,
  session: ConsoleSession,
  card: CardRead,
  options: ApproveOptions,
): Promise<ApprovalCard> {
  if (options.yes !== true) {
    printer.message(approvalText(card, card.now));
    const answer = await terminal?.ask("\nApprove exactly this call? Type yes or y to approve it: ");
    if (!/^y(es)?$/i.test(answer?.trim() ?? ""))
      throw new CliFailure(exits.negative, "approval_unconfirmed", "Not approved. Nothing was decided.");
  }
  await awaitReviewTime(session, card);
  return castVote(session, card, "approve", options);
}

/** A call that cannot be undone has a minimum review time; an earlier answer waits for the rest of it. */
async function awaitReviewTime(session: ConsoleSession, card: CardRead): Promise<void> {
  for (let left = card.review_ms; left > 0;) {
    const { viewed_ms } = await session.post(`${pathOf(card.id)}/viewing`, { visible: true });
    left = card.review_ms - Number(viewed_ms);
    if (left > 0) await setTimeout(Math.min(left, reportEveryMs));
  }
}

/** Votes on exactly the call that was read. */
async function castVote(
  session: ConsoleSession,
  { id, action_digest }: CardRead,
  vote: "approve" | "deny",
  { reason = null }: { readonly reason?: string | null },
): Promise<ApprovalCard> {
  return (await session.post(`${pathOf(id)}/vote`, { vote, reason, action_digest })) as unknown as ApprovalCard;
}

/** A quorum of several votes leaves the call held. */
function whatFollows({ state }: ApprovalCard): string {
  if (state === "held") return "the call waits for further approvals.";
  return state === "approved"
    ? "the call may now run, once and exactly as shown."
    : `the call is now ${escapeControls(state)}.`;
}
