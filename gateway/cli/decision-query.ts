import type { Command } from "commander";
import { Option } from "commander";
import type { ConsoleOptions } from "./console-access.ts";
import { wholeNumber } from "./verb.ts";

const filters = ["effect", "tool", "subject", "session", "code", "text", "after"] as const;

export interface DecisionOptions extends ConsoleOptions, Partial<Record<(typeof filters)[number], string>> {
  readonly limit: number;
}

export function decisionOptions(command: Command, limit: number): Command {
  return command
    .addOption(new Option("--effect <effect>", "only this effect").choices(["allow", "deny", "hold"]))
    .option("--tool <name>", "only this tool")
    .option("--subject <id>", "only this agent")
    .option("--session <id>", "only this run")
    .option("--code <code>", "only with this reason code")
    .option("--text <words>", "free text over tool, agent, reason codes and decision id")
    .option("--limit <n>", "how many at most (up to 200)", wholeNumber, limit);
}

export function decisionPath(options: DecisionOptions): string {
  const query = new URLSearchParams({ limit: String(Math.min(options.limit, 200)) });
  for (const name of filters) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  return `/api/decisions?${query.toString()}`;
}
