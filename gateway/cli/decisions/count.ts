import { InvalidArgumentError, Option } from "commander";
import { countFields } from "../../domain/decision-fields.ts";
import type { DecisionCounts } from "../../domain/ports.ts";
import { consoleOptions, withConsole } from "../common/console-client.ts";
import { table } from "../common/printer.ts";
import type { Verb } from "../common/verb.ts";
import { type FilterOptions, filterOptions, queryText } from "./query.ts";

interface CountOptions extends FilterOptions {
  readonly by?: string;
}

/** `sallyport decisions count` */
export const count: Verb = {
  usage: "count",
  summary: "how many decisions, by one field or several",
  examples: [
    "decisions count --since 24h",
    "decisions count --by tool,effect",
    "decisions count --by day,code --effect deny --json | jq .total",
  ],
  options: [
    ...consoleOptions,
    new Option("--by <fields>", `up to four, with commas between: ${countFields.join(", ")}`).argParser(checkedFields),
    ...filterOptions,
  ],
  async run({ printer, clock }, options: CountOptions) {
    const query = queryText(options, clock.now(), { by: options.by });
    const counts = await withConsole(options, (session) => session.get(`/api/decisions/counts?${query}`));
    printer.result(options.json, counts, countsText(counts as unknown as DecisionCounts));
  },
};

function checkedFields(text: string): string {
  const fields = text.split(",");
  const unknown = fields.find((field) => !(countFields as readonly string[]).includes(field));
  if (unknown !== undefined) throw new InvalidArgumentError(`Expected ${countFields.join(", ")}.`);
  if (new Set(fields).size > 4) throw new InvalidArgumentError("Expected four fields at most.");
  return text;
}

function countsText({ by, groups, total, left_out }: DecisionCounts): string {
  if (by.length === 0) return String(total);
  const width = Math.max("DECISIONS".length, String(total).length);
  const row = (values: readonly (string | null)[], decisions: number) => [String(decisions).padStart(width), ...values];
  return table(
    ["DECISIONS".padStart(width), ...by.map((field) => field.toUpperCase())],
    [
      ...groups.map(({ values, decisions }) => row(values, decisions)),
      ...(left_out > 0 ? [row(["in groups that are not shown"], left_out)] : []),
      row(["total"], total),
    ],
  );
}
