import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { decide } from "../decide/decide.ts";
import { parseValue, toJson } from "../decide/value.ts";
import type { Decision } from "../domain/decision.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { PolicyFault, type RuleInfo } from "../domain/ports.ts";
import type { AskedInput } from "./asked-input.ts";
import type { LoadedFolder } from "./load-policy.ts";
import type { OpaAnswer } from "./opa-answer.ts";

export interface ExplainedReason {
  readonly code: string;
  readonly message: string;
  readonly rule: string;
  readonly title: string | null;
  /** Path and line below the policy folder; null for the gateway's own reasons. */
  readonly at: string | null;
}

export interface Explanation {
  /** What the gateway answers: a Decision in the call phase, the raw answer in the others. */
  readonly answer: JsonValue;
  readonly reasons: readonly ExplainedReason[];
  readonly fuel: number | null;
  readonly agree: boolean;
  /** What each said, when they differ; null when they agree. */
  readonly difference: { readonly wasm: string; readonly opa: string } | null;
  /** Why this may not be what was decided then. */
  readonly remarks: readonly string[];
}

/** Both engines' answers to one question, side by side. */
export function explainDecision({ policy, hosted }: LoadedFolder, asked: AskedInput, opa: OpaAnswer): Explanation {
  const own = ownAnswer(hosted, asked);
  const decision = asked.entrypoint === "decision" ? decide(policy, asked.input) : null;
  const same =
    own.fault === null ? opa.error === null && isDeepStrictEqual(own.value, opa.value) : bothRefuse(own.fault, opa);
  const agree = same && (decision === null || decidesAs(decision, own.value));
  return {
    answer: decision === null ? (own.value ?? null) : (decision as unknown as JsonObject),
    reasons: decision === null ? [] : decision.reasons.map((reason) => explained(reason, policy.rules)),
    fuel: own.fuel,
    agree,
    difference: agree
      ? null
      : {
          wasm: said(own.value, own.fault ?? (same ? `the decision is ${decision?.effect}` : null)),
          opa: said(opa.value, opa.error),
        },
    remarks: asked.record === null ? [] : remarksOn(asked, asked.record, policy.revision, decision),
  };
}

interface OwnAnswer {
  readonly value?: JsonValue;
  readonly fault: string | null;
  readonly fuel: number | null;
}

/** Through Rego's own text, where sets are sets: JSON out of the module has them in the order of their hashes. */
function ownAnswer(hosted: LoadedFolder["hosted"], { entrypoint, input }: AskedInput): OwnAnswer {
  try {
    const { text, fuel } = hosted.ask({
      entrypoint: `sallyport/main/${entrypoint}`,
      text: input.text,
      format: "value",
      nowNs: BigInt(input.timeNs ?? 0),
    });
    // Plain objects, as OPA's answer has them, or nothing would be deeply equal.
    const rows = JSON.parse(JSON.stringify(toJson(parseValue(text)))) as JsonValue;
    const [row] = Array.isArray(rows) ? (rows as readonly JsonValue[]) : [];
    const value = row !== undefined && isJsonObject(row) ? row["result"] : undefined;
    return value === undefined ? { fault: null, fuel } : { value, fault: null, fuel };
  } catch (error) {
    if (error instanceof PolicyFault) return { fault: `${error.code}: ${error.message}`, fuel: null };
    throw error;
  }
}

/** The gateway shows its policy only what that reads of the input; here it was shown the whole. */
function decidesAs({ effect, indeterminate }: Decision, value: JsonValue | undefined): boolean {
  return indeterminate !== null || (value !== undefined && isJsonObject(value) && value["effect"] === effect);
}

/** A conflict is an error to both. Running out of fuel is none to OPA, so there the answers differ. */
function bothRefuse(fault: string, opa: OpaAnswer): boolean {
  return opa.error !== null && !/^policy_(?:out_of|input_too)/.test(fault);
}

function said(value: JsonValue | undefined, error: string | null): string {
  return error ?? (value === undefined ? "undefined" : JSON.stringify(value));
}

function explained(reason: Decision["reasons"][number], rules: readonly RuleInfo[]): ExplainedReason {
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

function remarksOn({ input }: AskedInput, record: JsonObject, revision: string, decision: Decision | null): string[] {
  const remarks: string[] = [];
  const then = effectOf(record);
  const judgedBy = revisionOf(record);
  if (decision !== null && then !== null && then !== decision.effect)
    remarks.push(`the decision was ${then} then, and is ${decision.effect} now`);
  if (judgedBy !== null && judgedBy !== revision)
    remarks.push(`revision ${judgedBy} judged it; this folder is revision ${revision}`);
  const digest = `sha256:${createHash("sha256").update(input.text).digest("hex")}`;
  if (record["input_digest"] !== null && record["input_digest"] !== digest)
    remarks.push("the input in the log is not the whole input that was judged: parts of it were masked");
  return remarks;
}

function effectOf(record: JsonObject): string | null {
  const result = record["result"];
  return result !== undefined && isJsonObject(result) && typeof result["effect"] === "string" ? result["effect"] : null;
}

function revisionOf(record: JsonObject): string | null {
  const bundles = record["bundles"];
  const bundle = bundles !== undefined && isJsonObject(bundles) ? bundles["sallyport"] : undefined;
  const revision = bundle !== undefined && isJsonObject(bundle) ? bundle["revision"] : undefined;
  return typeof revision === "string" ? revision : null;
}
