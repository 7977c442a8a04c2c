import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../config/schema/units.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { wholeNumber } from "./verb.ts";

const filters = ["effect", "tool", "subject", "session", "code", "text", "since", "until", "after"] as const;

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
    .option("--since <when>", "from then on: 2h for two hours ago, a date, or 2026-11-25T13:00:00Z", checkedMoment)
    .option("--until <when>", "before that, said the same way", checkedMoment)
    .option("--limit <n>", "how many at most (up to 200)", wholeNumber, limit);
}

/** Asks the console's API; what was said as so long ago is counted back from `now`, milliseconds since the epoch. */
export function decisionPath(options: DecisionOptions, now: number): string {
  const query = new URLSearchParams({ limit: String(Math.min(options.limit, 200)) });
  for (const name of filters) {
    const value = options[name];
    if (value !== undefined) query.set(name, name === "since" || name === "until" ? asMoment(value, now) : value);
  }
  return `/api/decisions?${query.toString()}`;
}

function asMoment(value: string, now: number): string {
  const ago = parseDuration(value);
  return Number.isNaN(ago) ? value : new Date(now - ago).toISOString();
}

function checkedMoment(value: string): string {
  if (Number.isNaN(parseDuration(value)) && Number.isNaN(Date.parse(value)))
    throw new InvalidArgumentError("Expected how long ago, such as 2h, or a time such as 2026-11-25T13:00:00Z.");
  return value;
}
