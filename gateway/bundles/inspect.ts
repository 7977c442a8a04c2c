import { isJsonObject, type JsonValue } from "../domain/json.ts";
import type { RuleInfo } from "../domain/ports.ts";
import type { Stage } from "./failure.ts";
import type { OptionalData } from "./rule-checks/problems.ts";
import { type OpaCommand, runOpa } from "./run-opa.ts";

const SEVERITIES: readonly unknown[] = ["low", "medium", "high", "critical"] satisfies RuleInfo["severity"][];

export interface Inspected {
  /** Those with a reason code in their METADATA. */
  readonly rules: readonly RuleInfo[];
  readonly optional: readonly OptionalData[];
}

/** What the METADATA of a folder or an archive say. @throws BundleFailure */
export async function inspectRules(
  opa: OpaCommand,
  target: string,
  directory: string,
  stage: Stage,
): Promise<Inspected> {
  const report = JSON.parse(
    await runOpa(opa, ["inspect", "--annotations", "--format", "json", target], directory, stage),
  ) as JsonValue;
  const annotations =
    isJsonObject(report) && Array.isArray(report["annotations"]) ? (report["annotations"] as readonly JsonValue[]) : [];
  const rules = annotations
    .flatMap(ruleInfo)
    .sort((a, b) => (a.rule === b.rule ? a.line - b.line : a.rule < b.rule ? -1 : 1));
  return { rules, optional: annotations.flatMap(optionalData) };
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

function ruleInfo(entry: JsonValue): RuleInfo[] {
  const [annotations, location] = [member(entry, "annotations"), member(entry, "location")];
  const custom = member(annotations, "custom");
  const code = text(custom, "code");
  if (code === null) return [];
  const severity = member(custom, "severity");
  const row = member(location, "row");
  return [
    {
      rule: text(custom, "rule") ?? ruleName(pathOf(entry)),
      title: text(annotations, "title") ?? "",
      description: text(annotations, "description") ?? "",
      code,
      severity: (SEVERITIES.includes(severity) ? severity : "high") as RuleInfo["severity"],
      controls: texts(member(custom, "controls")),
      owner: text(custom, "owner"),
      file: (text(location, "file") ?? "").replace(/^\.?\//, ""),
      line: typeof row === "number" ? row : 0,
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

function member(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return value !== undefined && isJsonObject(value) ? value[key] : undefined;
}

function text(value: JsonValue | undefined, key: string): string | null {
  const found = member(value, key);
  return typeof found === "string" ? found.trim() : null;
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => typeof item === "string") : [];
}
