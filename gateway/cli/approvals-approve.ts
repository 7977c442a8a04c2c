import type { Command } from "commander";
import { castVote } from "./cast-vote.ts";
import type { VoteOptions } from "./cast-vote.ts";
import type { Cli } from "./cli.ts";
import { consoleOptions } from "./console-access.ts";
import { verb } from "./verb.ts";

/** `sallyport approvals approve ID` */
export function addApprovalsApprove(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "approve <id>", "approve one held call", [
      "approvals approve a_2ZqX…",
      'approvals approve a_2ZqX… --digest sha256:… --reason "order checked"',
    ]),
  )
    .option("--reason <text>", "why; some policies ask for it")
    .option("--digest <digest>", "approve only if the call still has this digest")
    .action((id: string, options: VoteOptions) => castVote(cli, id, "approve", options));
}
