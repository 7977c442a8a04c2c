import { InvalidArgumentError, Option } from "commander";
import { type DecisionField, decisionFields, statusForm } from "../../domain/decision-fields.ts";
import type { ConsoleOptions } from "../common/console-client.ts";
import { checkedMoment, momentForms, momentOf } from "../common/moment.ts";

/** Options that say which decisions. */
export interface FilterOptions extends ConsoleOptions, Readonly<Partial<Record<DecisionField, string>>> {
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
}

const fieldOptions: Readonly<Record<DecisionField, readonly [placeholder: string, summary: string]>> = {
  effect: ["effect", "only this effect"],
  tool: ["name", "only this tool"],
  subject: ["id", "only this agent"],
  person: ["id", "only where the agent acts for this person"],
  session: ["id", "only this run"],
  task: ["id", "only of this task"],
  code: ["code", "only with this reason code"],
  rule: ["name", "only decisions that name this rule"],
  route: ["id", "only of this route"],
  protocol: ["name", "only of this protocol: http, mcp or authzen"],
  action: ["name", "only this action, such as tools/call"],
  method: ["name", "only of this HTTP method"],
  outcome: ["outcome", "only what came to this, such as forwarded or refused"],
  status: ["number", "only answered with this HTTP status"],
  approval: ["id", "only of this approval: its hold, and the call that it released"],
  revision: ["id", "only judged by this revision of the policy"],
  trace: ["id", "only of this trace (W3C Trace Context)"],
  instance: ["id", "only judged by this instance of the gateway"],
};

export const filterOptions: readonly Option[] = [
  ...decisionFields.map((field) => {
    const [placeholder, summary] = fieldOptions[field];
    const option = new Option(`--${field} <${placeholder}>`, summary);
    if (field === "status") return option.argParser(checkedStatus);
    return field === "effect" ? option.choices(["allow", "deny", "hold"]) : option;
  }),
  new Option("--text <words>", "free text over tool, agent, reason codes and decision id"),
  new Option("--since <when>", `from then on: 2h for two hours ago, ${momentForms}`).argParser(checkedMoment),
  new Option("--until <when>", "before that, said the same way").argParser(checkedMoment),
];

function checkedStatus(value: string): string {
  if (statusForm.test(value)) return value;
  throw new InvalidArgumentError("Expected an HTTP status, such as 403.");
}

/** Times that are given as a duration are counted back from `now`, milliseconds since the epoch. */
export function queryText(
  options: FilterOptions,
  now: number,
  more: Readonly<Record<string, string | undefined>>,
): string {
  const { text, since, until } = options;
  const moments = { since: since && momentOf(since, now), until: until && momentOf(until, now) };
  const fields = decisionFields.map((field) => [field, options[field]] as const);
  const given = [...fields, ...Object.entries({ text, ...moments, ...more })];
  return new URLSearchParams(given.filter((one): one is [string, string] => one[1] !== undefined)).toString();
}
