import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../config/schema/units.ts";

/** One verb below its noun: name with arguments, one line, and examples that can be pasted. */
export function verb(parent: Command, name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ sallyport ${example}`).join("\n");
  return parent
    .command(name)
    .description(summary)
    .option("--json", "print the result as JSON", false)
    .addHelpText("after", `\nExamples:\n${lines}`);
}

export function configOption(command: Command): Command {
  return command.option("-c, --config <file>", "configuration file", "sallyport.yaml");
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

export function wholeNumber(value: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(value)) throw new InvalidArgumentError("Expected a whole number from 1.");
  return Number(value);
}

export function durationOption(value: string): number {
  const ms = parseDuration(value);
  if (Number.isNaN(ms) || ms < 1000) throw new InvalidArgumentError("Expected a duration such as 30s, 10m or 1h.");
  return ms;
}
