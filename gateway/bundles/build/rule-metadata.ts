import type { RuleInfo } from "../../domain/ports.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { asLine, BundleFailure, type Location, type Stage } from "../failure.ts";
import type { OptionalData } from "../rule-checks/problems.ts";
import { member } from "../rule-checks/modules.ts";
import { type OpaCommand, runOpa } from "./opa.ts";
import { parseJson } from "../../lib/parse-json.ts";

export interface Inspected {
  /** Rules with a reason code in their METADATA. */
  readonly rules: readonly RuleInfo[];
  readonly optional: readonly OptionalData[];
  /** `custom.results: exports` of `sallyport.main`: nothing keeps a result back but the exports of rules. */
  readonly resultsByExports: boolean;
}

/** The METADATA of a policy folder or an archive. @throws BundleFailure that names every mistake in the METADATA of rules */
export async function inspectRules(
  opa: OpaCommand,
  target: string,
  directory: string,
  stage: Stage,
): Promise<Inspected> {
  return inspectedOf(await annotationsIn(opa, target, directory, stage), stage);
}

/** The METADATA as OPA tells them. @throws BundleFailure */
export async function annotationsIn(
  opa: OpaCommand,
  target: string,
  directory: string,
  stage: Stage,
): Promise<readonly JsonValue[]> {
  const args = ["inspect", "--annotations", "--format", "json", target];
  const report = parseJson(await runOpa(opa, args, directory, stage)) as JsonValue;
  return isJsonObject(report) && Array.isArray(report["annotations"])
    ? (report["annotations"] as readonly JsonValue[])
    : [];
}

/** @throws BundleFailure that names every mistake in the METADATA of rules */
export function inspectedOf(annotations: readonly JsonValue[], stage: Stage): Inspected {
  const problems = annotations.flatMap(problemsIn);
  if (problems.length > 0) throw new BundleFailure(stage, problems.map(asLine).join("\n"), problems);
  const rules = annotations
    .flatMap(ruleInfo)
    .sort((a, b) => (a.rule === b.rule ? a.line - b.line : a.rule < b.rule ? -1 : 1));
  const optional = annotations.flatMap(optionalData);
  return { rules, optional, resultsByExports: annotations.some(saysResultsByExports) };
}

/** Mistakes in the METADATA of packages below `sallyport.rules` and `sallyport.tools`; elsewhere the names may mean other things. */
function problemsIn(entry: JsonValue): Location[] {
  const custom = member(member(entry, "annotations"), "custom");
  const [, root, place = ""] = pathOf(entry);
  if (root !== "sallyport" || !["rules", "tools"].includes(place)) return [];
  if (custom === undefined || !isJsonObject(custom)) return [];
  return metadataProblems(custom).map((message) => ({ ...placeOf(entry), message: `METADATA ${message}` }));
}

/** Path of the file that METADATA are in. */
export function fileOf(entry: JsonValue): string {
  return placeOf(entry).file;
}

function placeOf(entry: JsonValue): Pick<Location, "file" | "line"> {
  const location = member(entry, "location");
  const row = member(location, "row");
  return { file: (text(location, "file") ?? "").replace(/^\.?\//, ""), line: typeof row === "number" ? row : 0 };
}

/** `custom.optional: [data.envoy.authz]` */
function optionalData(entry: JsonValue): OptionalData[] {
  const annotations = member(entry, "annotations");
  const names = texts(member(member(annotations, "custom"), "optional"));
  if (names.length === 0) return [];
  const path = pathOf(entry).slice(1);
  const data = names.map((name) => name.replace(/^data\./, "").split("."));
  return [{ path, subpackages: text(annotations, "scope") === "subpackages", data }];
}

function saysResultsByExports(entry: JsonValue): boolean {
  const says = text(member(member(entry, "annotations"), "custom"), "results") === "exports";
  return says && pathOf(entry).join(".") === "data.sallyport.main";
}

function ruleInfo(entry: JsonValue): RuleInfo[] {
  const annotations = member(entry, "annotations");
  const custom = member(annotations, "custom");
  const code = text(custom, "code");
  if (code === null) return [];
  const severity = member(custom, "severity");
  return [
    {
      rule: text(custom, "rule") ?? ruleName(pathOf(entry)),
      title: text(annotations, "title") ?? "",
      description: text(annotations, "description") ?? "",
      code,
      severity: SEVERITIES.find((one) => one === severity) ?? "high",
      controls: texts(member(custom, "controls")),
      owner: text(custom, "owner"),
      ...placeOf(entry),
    },
  ];
}

/** `data.sallyport.rules.topic.rule.deny` is `topic/rule`, and a rule of a tool's own `tools/server/tool`, as reasons name them. */
function ruleName(parts: readonly string[]): string {
  const below = parts[1] === "sallyport" ? parts.slice(2) : parts.slice(1);
  if (below[0] === "tools") return below.slice(0, 3).join("/");
  return (below[0] === "rules" ? below.slice(1, 3) : below).join("/");
}

/** With `data` in front. */
function pathOf(entry: JsonValue): string[] {
  const path = member(entry, "path");
  return Array.isArray(path) ? (path as readonly JsonValue[]).map((part) => text(part, "value") ?? "?") : [];
}

function text(value: JsonValue | undefined, key: string): string | null {
  const found = member(value, key);
  return typeof found === "string" ? found.trim() : null;
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => typeof item === "string") : [];
}

/** From the most severe to the least. */
const SEVERITIES = ["critical", "high", "medium", "low"] as const;

const CODE = /^[A-Z][A-Z0-9_]*$/;
/** The names in `custom` that the gateway and `sallyport.reason` read. */
const KNOWN: readonly string[] = ["code", "controls", "mode", "optional", "owner", "rule", "severity"];

/**
 * Mistakes in the `custom` part of a rule's METADATA. The rule's reason is built from it, and a malformed reason makes the
 * decision invalid: calls would get 503 instead of the rule's answer.
 */
export function metadataProblems(custom: JsonObject): string[] {
  const { code, severity, controls, mode } = custom;
  const problems = Object.keys(custom)
    .filter((name) => !KNOWN.includes(name))
    .flatMap((name) => {
      const missing = KNOWN.filter((known) => !Object.hasOwn(custom, known));
      const hint = didYouMean(name, missing);
      return hint === "" ? [] : [`custom.${name}: unknown name${hint}`];
    });
  if (code !== undefined && !(typeof code === "string" && CODE.test(code)))
    problems.push("custom.code: expected capital letters, digits and underscores, such as REFUND_AT_NIGHT");
  if (severity !== undefined && !(SEVERITIES as readonly JsonValue[]).includes(severity)) {
    const hint = typeof severity === "string" ? didYouMean(severity, SEVERITIES) : "";
    problems.push(`custom.severity: expected one of ${SEVERITIES.join(", ")}${hint}`);
  }
  if (mode !== undefined && mode !== "shadow" && mode !== "enforce")
    problems.push("custom.mode: expected enforce or shadow");
  if (controls !== undefined && !isListOfTexts(controls))
    problems.push("custom.controls: expected a list of texts, such as [ASI02]");
  return problems;
}

function isListOfTexts(value: JsonValue): boolean {
  return Array.isArray(value) && (value as readonly JsonValue[]).every((item) => typeof item === "string");
}
