import { Option } from "commander";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { CliFailure, exits } from "../common/failure.ts";
import { effectWord, type Printer } from "../common/printer.ts";
import { configOption, type ConfigOptions, type Verb } from "../common/verb.ts";
import { type ExplainedReason, type Explanation, explainDecision } from "./explain-decision.ts";
import { loadPolicy, policyFolder } from "./load-policy.ts";
import { askOpa, type TraceLevel } from "./opa.ts";
import { type PolicyQuestion, questionFromFile, recordedQuestion } from "./questions.ts";

interface ExplainOptions extends ConfigOptions {
  readonly input?: string;
  readonly folder?: string;
  readonly explain: TraceLevel;
}

/** `sallyport policy explain`: the decision and its reasons, from the gateway's engine and from OPA. */
export const explain: Verb = {
  usage: "explain [decision]",
  summary: "why a decision is what it is, with OPA's own trace",
  examples: [
    "policy explain d_9fK2…",
    "policy explain --input rego/golden/holds-a-refund.json --explain full",
    "policy explain d_9fK2… --json | jq .reasons",
  ],
  options: [
    configOption,
    new Option("--input <file>", "an input document or golden case, instead of a recorded decision"),
    new Option("--folder <folder>", "folder with Rego files; default: the configuration's"),
    new Option("--explain <what>", "how much of OPA's trace").choices(["notes", "fails", "full"]).default("fails"),
  ],
  async run({ printer, clock }, options: ExplainOptions, id?: string) {
    const question = await questionOf(id, options);
    const loaded = await loadPolicy(policyFolder(options.folder, options.config), options.config, clock);
    const opa = await askOpa(loaded.folder, question, options.explain);
    const explanation = explainDecision(loaded, question, opa);
    const { name, entrypoint } = question;
    const result = { ok: explanation.agree, of: name, entrypoint, revision: loaded.policy.revision, ...explanation };
    const text = explanationText(printer, question, explanation, opa.trace);
    printer.result(options.json, { ...result, trace: opa.trace.split("\n") }, text);
    if (!explanation.agree) throw new CliFailure(exits.negative, "engines_disagree", "");
  },
};

async function questionOf(id: string | undefined, { input, config }: ExplainOptions): Promise<PolicyQuestion> {
  if ((id === undefined) === (input === undefined))
    throw new CliFailure(exits.usage, "which_decision", "Say what to explain: a decision's id, or --input FILE.");
  return input === undefined ? recordedQuestion(config, id ?? "") : questionFromFile(input);
}

function explanationText(printer: Printer, question: PolicyQuestion, explanation: Explanation, trace: string): string {
  const { answer, reasons, fuel, difference, remarks } = explanation;
  const effect = textMember(answer, "effect");
  const detail = textMember(answer, "detail");
  const lines = [
    `${question.entrypoint.padEnd(9)} ${effect === null ? escapeControls(JSON.stringify(answer)) : effectWord(printer.colors, effect)}`,
    ...reasons.flatMap(reasonLines),
    ...(detail === null ? [] : [`detail    ${escapeControls(detail)}`]),
    `fuel      ${fuel ?? "–"}`,
    ...remarks.map((remark) => `note      ${escapeControls(remark)}`),
  ];
  if (difference === null) lines.push("engines   WASM and OPA agree");
  else
    lines.push(
      printer.colors.red("engines   WASM AND OPA DISAGREE"),
      `  WASM    ${escapeControls(difference.wasm)}`,
      `  OPA     ${escapeControls(difference.opa)}`,
    );
  const traceText =
    trace === "" ? "OPA's trace has nothing of this kind; try --explain full." : escapeControls(trace, true);
  return [...lines, "", traceText].join("\n");
}

function reasonLines({ code, message, rule, title, at }: ExplainedReason): string[] {
  const origin = [rule, at, title === message ? null : title].filter((part) => part !== null);
  return [`reason    ${escapeControls(`${code}: ${message}`)}`, `          ${escapeControls(origin.join("  "))}`];
}

function textMember(value: JsonValue, name: string): string | null {
  const member = isJsonObject(value) ? value[name] : undefined;
  return typeof member === "string" ? member : null;
}
