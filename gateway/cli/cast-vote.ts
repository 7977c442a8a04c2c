import { setTimeout } from "node:timers/promises";
import type { ApprovalCard } from "../console/approval-view.ts";
import { approvalText } from "./approval-text.ts";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { withConsole } from "./console-client.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { visible } from "./visible.ts";

export interface VoteOptions extends ConsoleOptions {
  readonly reason?: string;
  readonly digest?: string;
}

/** Votes on exactly the call that was read a moment ago, or on the digest that the caller read before. */
export async function castVote(cli: Cli, id: string, vote: "approve" | "deny", options: VoteOptions): Promise<void> {
  const path = `/api/approvals/${encodeURIComponent(id)}`;
  const { before, after } = await withConsole(options, async (session) => {
    const seen = (await session.get(path)) as unknown as ApprovalCard & { now: number };
    if (options.digest !== undefined && options.digest !== seen.action_digest) {
      throw new CliFailure(
        exits.negative,
        "approval_mismatch",
        `${id} is another call than the digest says; nothing was decided.`,
      );
    }
    // A call that cannot be undone is looked at first; the terminal gives whoever reads it the same seconds.
    if (vote === "approve" && seen.approve_from !== null) await setTimeout(seen.approve_from - seen.now);
    const ballot = { vote, reason: options.reason ?? null, action_digest: seen.action_digest };
    return { before: seen, after: (await session.post(`${path}/vote`, ballot)) as unknown as ApprovalCard };
  });
  const word = vote === "approve" ? "Approved" : "Denied";
  cli.printer.result(
    options.json,
    after,
    `${approvalText(before, before.now)}\n\n${word}; the call is now ${visible(after.state)}.`,
  );
}
