import type { Command } from "commander";
import { deny } from "./cast-vote.ts";
import type { VoteOptions } from "./cast-vote.ts";
import type { Cli } from "./cli.ts";
import { consoleOptions } from "./console-access.ts";
import { verb } from "./verb.ts";

/** `sallyport approvals deny ID --reason TEXT` */
export function addApprovalsDeny(noun: Command, cli: Cli): void {
  consoleOptions(verb(noun, "deny <id>", "refuse one held call", ['approvals deny a_2ZqX… --reason "wrong order"']))
    .requiredOption("--reason <text>", "why; the agent is told it")
    .option("--digest <digest>", "deny only if the call still has this digest")
    .action((id: string, options: VoteOptions) => deny(cli, id, options));
}
