import type { ApprovalCard } from "../admin/approval-view.ts";
import { approvalText } from "./approval-text.ts";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import type { ConsoleSession } from "./console-client.ts";
import { withConsole } from "./console-client.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { visible } from "./visible.ts";

export interface VoteOptions extends ConsoleOptions {
  readonly reason?: string;
  readonly digest?: string;
}

/** A card as it was read, by the console's clock. */
export type CardRead = ApprovalCard & { readonly now: number };

export function pathOf(id: string): string {
  return `/api/approvals/${encodeURIComponent(id)}`;
}

/** The card; refused when it is not the call whose digest was given. @throws CliFailure approval_mismatch */
export async function readCard(session: ConsoleSession, id: string, { digest }: VoteOptions): Promise<CardRead> {
  const card = (await session.get(pathOf(id))) as unknown as CardRead;
  if (digest === undefined || digest === card.action_digest) return card;
  const message = `${id} is another call than the digest says; nothing was decided.`;
  throw new CliFailure(exits.negative, "approval_mismatch", message);
}

/** Votes on exactly the call that was read. */
export async function castVote(
  session: ConsoleSession,
  { id, action_digest }: CardRead,
  vote: "approve" | "deny",
  { reason = null }: { readonly reason?: string | null },
): Promise<ApprovalCard> {
  return (await session.post(`${pathOf(id)}/vote`, { vote, reason, action_digest })) as unknown as ApprovalCard;
}

/** Denies the call that was read a moment ago, or the one whose digest was given. */
export async function deny(cli: Cli, id: string, options: VoteOptions): Promise<void> {
  const { before, after } = await withConsole(options, async (session) => {
    const card = await readCard(session, id, options);
    return { before: card, after: await castVote(session, card, "deny", options) };
  });
  const text = `${approvalText(before, before.now)}\n\nDenied; the call is now ${visible(after.state)}.`;
  cli.printer.result(options.json, after, text);
}
