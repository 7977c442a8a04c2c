import { Option } from "commander";
import { printedLines } from "../../bundles/active/policy-prints.ts";
import { configuredPlaces } from "../../bundles/layers/configured-places.ts";
import type { SourceFile } from "../../bundles/sources.ts";
import { isJsonObject, type JsonValue, type JsonObject } from "../../lib/json.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { effectWord, type Printer } from "../common/printer.ts";
import { collect, configOption, type ConfigOptions, type Verb, CliFailure, exits } from "../common/verb.ts";
import { type PolicyQuestion, questionFromFile, recordedQuestion } from "./questions.ts";
import { loadPolicy, policyList, withPolicy, type LoadedPolicy } from "./load-policy.ts";
import { askOpa, type TraceLevel, type OpaAnswer } from "./opa.ts";
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { decide } from "../../decide/decide.ts";
import { parseValue, toJson } from "../../decide/value.ts";
import type { Decision } from "../../domain/decision.ts";
import { changeBetween } from "../../impact/change.ts";
import { type Verdict, verdictOf, verdictOfRecord } from "../../impact/verdict.ts";
import { type Printed, PolicyFault, type RuleInfo } from "../../domain/ports.ts";
import { parseJson } from "../../lib/parse-json.ts";

interface ExplainOptions extends ConfigOptions {
  readonly input?: string;
  readonly folder: string[];
  readonly trace: boolean;
  readonly explain: TraceLevel;
}

/** `sallyport policy explain`: the decision and its reasons, from the gateway's engine and from OPA. */
export const explain: Verb = {
  usage: "explain [decision]",
  summary: "why a decision is what it is, in twelve lines; with --trace, OPA's own trace",
  examples: [
    "policy explain d_9fK2…",
    "policy explain --input demo/policy/golden/holds-a-refund.json --trace --explain full",
    "policy explain d_9fK2… --json | jq .reasons",
  ],
  options: [
    configOption,
    new Option("--input <file>", "an input document or golden case, instead of a recorded decision"),
    new Option("--folder <source>", "a source of the policy (repeatable); default: the configuration's")
      .default([])
      .argParser(collect),
    new Option("--trace", "OPA's trace behind the explanation; also given by --explain").default(false),
    new Option("--explain <what>", "how much of the trace")
      .choices(["notes", "fails", "full"])
      .default("fails")
      .implies({ trace: true }),
  ],
  async run({ printer, clock }, options: ExplainOptions, id?: string) {
    const question = await questionOf(id, options);
    const list = policyList(options.folder, options.config);
    const { loaded, opa } = await withPolicy(list, {}, async ({ sources, folder }) => ({
      loaded: await loadPolicy(sources, options.config, clock),
      opa: await askOpa(folder, question, options.trace ? options.explain : null),
    }));
    const explanation = explainDecision(loaded, question, opa);
    const { name, entrypoint } = question;
    const result = { ok: explanation.agree, of: name, entrypoint, revision: loaded.policy.revision, ...explanation };
    const text = explanationText(printer, question, explanation, opa.trace);
    const trace = opa.trace === null ? {} : { trace: opa.trace.split("\n") };
    printer.result(options.json, { ...result, ...trace }, text);
    if (!explanation.agree) throw new CliFailure(exits.negative, "engines_disagree", "");
  },
};

async function questionOf(id: string | undefined, { input, config }: ExplainOptions): Promise<PolicyQuestion> {
  if ((id === undefined) === (input === undefined))
    throw new CliFailure(exits.usage, "which_decision", "Say what to explain: a decision's id, or --input FILE.");
  return input === undefined ? recordedQuestion(config, id ?? "") : questionFromFile(input);
}

/** Without a trace at most so many lines, and those that the policy prints; `--json` has all. */
const mostLines = 12;

function explanationText(
  printer: Printer,
  question: PolicyQuestion,
  explanation: Explanation,
  trace: string | null,
): string {
  const { answer, reasons, fuel, difference, remarks, printed } = explanation;
  const effect = textMember(answer, "effect");
  const detail = textMember(answer, "detail");
  const head = `${question.entrypoint.padEnd(9)} ${effect === null ? escapeControls(JSON.stringify(answer)) : effectWord(printer.colors, effect)}`;
  const about = aboutLine(question);
  const end = [
    ...(detail === null ? [] : [`detail    ${escapeControls(detail)}`]),
    `fuel      ${fuel ?? "–"}`,
    ...remarks.map((remark) => `note      ${escapeControls(remark)}`),
    ...(difference === null
      ? ["engines   WASM and OPA agree"]
      : [
          printer.colors.red("engines   WASM AND OPA DISAGREE"),
          `  WASM    ${escapeControls(difference.wasm)}`,
          `  OPA     ${escapeControls(difference.opa)}`,
        ]),
  ];
  const prints = printed.map((line) => `print     ${escapeControls(line)}`);
  const lines = [
    head,
    ...about,
    ...shownReasons(reasons, mostLines - 1 - about.length - end.length),
    ...prints,
    ...end,
  ];
  if (trace === null) return lines.join("\n");
  const traceText =
    trace === "" ? "OPA's trace has nothing of this kind; try --explain full." : escapeControls(trace, true);
  return [...lines, "", traceText].join("\n");
}

/** What was called, who called and when, as far as the input says so; empty: it says none of it. */
function aboutLine({ input, record }: PolicyQuestion): string[] {
  const { resource, subject } = input.document as unknown as Record<string, JsonValue | undefined>;
  const [tool, who] = [textMember(resource ?? null, "id"), textMember(subject ?? null, "id")];
  const when = textMember(record, "timestamp") ?? timeOf(input.timeNs);
  const parts = [tool, who === null ? null : `by ${who}`, when === null ? null : `at ${when}`];
  const told = parts.filter((part) => part !== null);
  return told.length === 0 ? [] : [`call      ${escapeControls(told.join(" "))}`];
}

/** `ns`: nanoseconds since the epoch. Null for none, and for one beyond what a date can be. */
function timeOf(ns: string | undefined): string | null {
  const date = new Date(Number(ns ?? "none") / 1e6);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Two lines for each reason that has room; how many others there are. */
function shownReasons(reasons: readonly ExplainedReason[], room: number): string[] {
  const all = reasons.flatMap(reasonLines);
  if (all.length <= room) return all;
  const count = Math.max(1, Math.floor((room - 1) / 2));
  const rest = reasons.slice(count).map(({ code }) => code);
  return [...all.slice(0, count * 2), escapeControls(`          and ${rest.length} more: ${rest.join(", ")}`)];
}

function reasonLines({ code, message, rule, title, at }: ExplainedReason): string[] {
  const origin = [rule, at, title === message ? null : title].filter((part) => part !== null);
  return [`reason    ${escapeControls(`${code}: ${message}`)}`, `          ${escapeControls(origin.join("  "))}`];
}

function textMember(value: JsonValue, name: string): string | null {
  const member = isJsonObject(value) ? value[name] : undefined;
  return typeof member === "string" ? member : null;
}

interface ExplainedReason {
  readonly code: string;
  readonly message: string;
  readonly rule: string;
  readonly title: string | null;
  /** Path and line below the policy folder, or of the configuration for an adopted decision; null for reasons of the gateway itself. */
  readonly at: string | null;
}

interface Explanation {
  /** What the gateway answers: a Decision in the call phase, the raw answer in the others. */
  readonly answer: JsonValue;
  readonly reasons: readonly ExplainedReason[];
  readonly fuel: number | null;
  readonly agree: boolean;
  /** The answers of both engines; null when they agree. */
  readonly difference: { readonly wasm: string; readonly opa: string } | null;
  /** Why this answer may differ from the recorded decision. */
  readonly remarks: readonly string[];
  /** What the policy prints in the gateway's engine, each line with file and line of its call. */
  readonly printed: readonly string[];
}

/** Compares the answers of the WASM engine and of OPA to one question, and names the rule behind each reason. */
function explainDecision(
  { policy, hosted, sources }: LoadedPolicy,
  question: PolicyQuestion,
  opa: OpaAnswer,
): Explanation {
  const wasm = wasmAnswer(hosted, question);
  const written = policy.rules.map((rule) => ({ ...rule, ...writtenPlace(sources.files, rule) }));
  const decision = question.entrypoint === "decision" ? decide(policy, question.input) : null;
  const same =
    wasm.fault === null ? opa.error === null && isDeepStrictEqual(wasm.value, opa.value) : bothRefuse(wasm.fault, opa);
  const agree = same && (decision === null || decidesAs(decision, wasm.value));
  return {
    answer: decision === null ? (wasm.value ?? null) : decisionJson(decision),
    reasons: decision === null ? [] : decision.reasons.map((reason) => explainReason(reason, written)),
    fuel: wasm.fuel,
    agree,
    difference: agree
      ? null
      : {
          wasm: answerText(wasm.value, wasm.fault ?? (same ? `the decision is ${decision?.effect}` : null)),
          opa: answerText(opa.value, opa.error),
        },
    remarks: question.record === null ? [] : remarksOn(question.record, policy.revision, decision),
    printed: wasm.printed === null ? [] : printedLines(wasm.printed),
  };
}

/** The decision as callers of `policy explain --json` know it: there `indeterminate` is called `doubt`. */
function decisionJson(decision: Decision): JsonObject {
  const members = Object.entries(decision).map(([name, value]) => [name === "indeterminate" ? "doubt" : name, value]);
  return Object.fromEntries(members) as JsonObject;
}

interface WasmAnswer {
  readonly value?: JsonValue;
  readonly fault: string | null;
  readonly fuel: number | null;
  readonly printed: Printed | null;
}

/** Read as Rego text, in which sets are recognizable: as JSON the module gives them in the order of their hashes. */
function wasmAnswer(hosted: LoadedPolicy["hosted"], { entrypoint, input }: PolicyQuestion): WasmAnswer {
  try {
    const {
      text,
      fuel,
      printed = null,
    } = hosted.ask({
      entrypoint: `sallyport/main/${entrypoint}`,
      text: input.text,
      format: "value",
      nowNs: BigInt(input.timeNs ?? 0),
    });
    // Copied to plain objects: isDeepStrictEqual also compares prototypes.
    const rows = parseJson(JSON.stringify(toJson(parseValue(text)))) as JsonValue;
    const [row] = Array.isArray(rows) ? (rows as readonly JsonValue[]) : [];
    const value = row !== undefined && isJsonObject(row) ? row["result"] : undefined;
    return { ...(value === undefined ? {} : { value }), fault: null, fuel, printed };
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error;
    return { fault: `${error.code}: ${error.message}`, fuel: null, printed: error.printed };
  }
}

/** `decide` gives the policy only the parts of the input that it reads, and the comparison above gives it the whole input. */
function decidesAs({ effect, indeterminate }: Decision, value: JsonValue | undefined): boolean {
  return indeterminate !== null || (value !== undefined && isJsonObject(value) && value["effect"] === effect);
}

/** True for an error of evaluation, such as a conflict. OPA has no limits of fuel and input size, so those faults are a difference. */
function bothRefuse(fault: string, opa: OpaAnswer): boolean {
  return opa.error !== null && !/^policy_(?:out_of|input_too)/.test(fault);
}

function answerText(value: JsonValue | undefined, error: string | null): string {
  return error ?? (value === undefined ? "undefined" : JSON.stringify(value));
}

/** Where people wrote the rule: nobody has a file of a generated module. */
function writtenPlace(files: readonly SourceFile[], { file, line }: RuleInfo): Pick<RuleInfo, "file" | "line"> {
  const [place] = configuredPlaces(files, [{ file, line, message: "" }]);
  return { file: place?.file ?? file, line: place?.line ?? line };
}

function explainReason(reason: Decision["reasons"][number], rules: readonly RuleInfo[]): ExplainedReason {
  const { code, message, rule } = reason;
  const info = rules.find((one) => one.code === code && one.rule === rule) ?? rules.find((one) => one.code === code);
  return {
    code,
    message,
    rule,
    title: info?.title ?? null,
    at: info === undefined ? null : `${info.file}:${info.line}`,
  };
}

function remarksOn(record: JsonObject, revision: string, decision: Decision | null): string[] {
  const remarks = decision === null ? [] : changedSince(record, verdictOf(decision));
  const recordedRevision = revisionOf(record);
  if (recordedRevision !== null && recordedRevision !== revision)
    remarks.push(`revision ${recordedRevision} judged it; this folder is revision ${revision}`);
  const digest = `sha256:${createHash("sha256").update(JSON.stringify(record["input"])).digest("hex")}`;
  const isReplaced = Array.isArray(record["masked"]) && record["masked"].length > 0;
  if (isReplaced || (record["input_digest"] !== null && record["input_digest"] !== digest))
    remarks.push("the input in the log is not the whole input that was judged: parts of it were masked");
  return remarks;
}

/** How the recorded answer differs; empty: it does not, or the record does not say. */
function changedSince({ result }: JsonObject, now: Verdict): string[] {
  const then = result !== undefined && isJsonObject(result) ? verdictOfRecord(result) : null;
  const change = then === null ? null : changeBetween(then, now);
  if (then === null || change === null) return [];
  if (then.effect !== now.effect) return [`the decision was ${then.effect} then, and is ${now.effect} now`];
  if (change.kind === "obligations") return ["the obligations of the decision were others then"];
  return [`the reasons were ${reasonsText(then)} then, and are ${reasonsText(now)} now`];
}

function reasonsText({ reasons }: Verdict): string {
  return reasons.length === 0 ? "none" : reasons.map(({ code, rule }) => `${code} (${rule})`).join(", ");
}

function revisionOf(record: JsonObject): string | null {
  const bundles = record["bundles"];
  const bundle = bundles !== undefined && isJsonObject(bundles) ? bundles["sallyport"] : undefined;
  const revision = bundle !== undefined && isJsonObject(bundle) ? bundle["revision"] : undefined;
  return typeof revision === "string" ? revision : null;
}
