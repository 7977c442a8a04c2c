import { type Command, Option } from "commander";
import { isJsonObject } from "../lib/json.ts";
import { type AskedInput, readInputFile } from "./asked-input.ts";
import type { Cli } from "./cli.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { type Explanation, explainDecision } from "./explain-decision.ts";
import { loadPolicy } from "./load-policy.ts";
import { askOpa, type Explain } from "./opa-answer.ts";
import { policyFolder } from "./policy-folder.ts";
import type { Printer } from "./printer.ts";
import { effectWord } from "./printer.ts";
import { recordedInput } from "./recorded-inputs.ts";
import { configOption, verb } from "./verb.ts";
import { visible } from "./visible.ts";

interface ExplainOptions {
  readonly config: string;
  readonly json: boolean;
  readonly input?: string;
  readonly folder?: string;
  readonly explain: Explain;
}

/** `sallyport policy explain`: why this decision, by the folder's policy, in the gateway's engine and in OPA. */
export function addPolicyExplain(noun: Command, cli: Cli): void {
  const examples = [
    "policy explain d_9fK2…",
    "policy explain --input rego/golden/holds-a-refund.json --explain full",
    "policy explain d_9fK2… --json | jq .reasons",
  ];
  configOption(verb(noun, "explain [decision]", "why a decision is what it is, with OPA's own trace", examples))
    .option("--input <file>", "an input document or golden case, instead of a recorded decision")
    .option("--folder <folder>", "folder with Rego files; default: the configuration's")
    .addOption(
      new Option("--explain <what>", "how much of OPA's trace").choices(["notes", "fails", "full"]).default("fails"),
    )
    .action(async function explain(id: string | undefined, options: ExplainOptions) {
      const asked = await askedAbout(id, options);
      const loaded = await loadPolicy(policyFolder(options.folder, options.config), options.config, cli.clock);
      const opa = await askOpa(loaded.folder, asked, options.explain);
      const explanation = explainDecision(loaded, asked, opa);
      const { revision } = loaded.policy;
      const result = { ok: explanation.agree, of: asked.name, entrypoint: asked.entrypoint, revision, ...explanation };
      cli.printer.result(
        options.json,
        { ...result, trace: opa.trace.split("\n") },
        explanationText(cli.printer, asked, explanation, opa.trace),
      );
      if (!explanation.agree) throw new CliFailure(exits.negative, "engines_disagree", "");
    });
}

async function askedAbout(id: string | undefined, { input, config }: ExplainOptions): Promise<AskedInput> {
  if ((id === undefined) === (input === undefined))
    throw new CliFailure(exits.usage, "which_decision", "Say what to explain: a decision's id, or --input FILE.");
  return input === undefined ? recordedInput(config, id ?? "") : readInputFile(input);
}

function explanationText(printer: Printer, asked: AskedInput, explanation: Explanation, trace: string): string {
  const { answer, reasons, fuel, difference, remarks } = explanation;
  const effect = isJsonObject(answer) && typeof answer["effect"] === "string" ? answer["effect"] : null;
  const detail =
    isJsonObject(answer) && typeof answer["detail"] === "string" ? [`detail    ${visible(answer["detail"])}`] : [];
  const lines = [
    `${asked.entrypoint.padEnd(9)} ${effect === null ? visible(JSON.stringify(answer)) : effectWord(printer.colors, effect)}`,
    ...reasons.flatMap(({ code, message, rule, title, at }) => [
      `reason    ${visible(`${code}: ${message}`)}`,
      `          ${visible([rule, at, title === message ? null : title].filter((part) => part !== null).join("  "))}`,
    ]),
    ...detail,
    `fuel      ${fuel ?? "–"}`,
    ...remarks.map((remark) => `note      ${visible(remark)}`),
  ];
  if (difference === null) lines.push("engines   WASM and OPA agree");
  else
    lines.push(
      printer.colors.red("engines   WASM AND OPA DISAGREE"),
      `  WASM    ${visible(difference.wasm)}`,
      `  OPA     ${visible(difference.opa)}`,
    );
  return [
    ...lines,
    "",
    trace === "" ? "OPA's trace has nothing of this kind; try --explain full." : visible(trace, true),
  ].join("\n");
}
