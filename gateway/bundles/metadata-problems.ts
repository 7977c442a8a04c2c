import type { JsonObject, JsonValue } from "../lib/json.ts";
import { didYouMean } from "../lib/suggest.ts";

/** In the order from the most severe. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;

const CODE = /^[A-Z][A-Z0-9_]*$/;
/** What the gateway and `sallyport.reason` read of `custom`. */
const KNOWN: readonly string[] = ["code", "controls", "optional", "owner", "rule", "severity"];

/**
 * What is wrong in the `custom` part of a rule's METADATA. A reason is built from it, and a reason of another shape makes
 * the decision invalid: the calls that the rule is about would get 503 instead of the rule's answer.
 */
export function metadataProblems(custom: JsonObject): string[] {
  const { code, severity, controls } = custom;
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
  if (controls !== undefined && !isListOfTexts(controls))
    problems.push("custom.controls: expected a list of texts, such as [ASI02]");
  return problems;
}

function isListOfTexts(value: JsonValue): boolean {
  return Array.isArray(value) && (value as readonly JsonValue[]).every((item) => typeof item === "string");
}
