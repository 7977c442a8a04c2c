import type { ErrorCode } from "./errors.ts";
import { limitKeys } from "./limit.ts";
import { detectorKinds } from "./result.ts";
import { decimal } from "../lib/decimal.ts";
import { patternFault } from "../lib/pattern.ts";
import type {
  ApproverProof,
  Decision,
  Effect,
  GrantScope,
  InjectCredential,
  LimitCalls,
  Obligation,
  Reason,
  RedactArguments,
  ResultDecision,
  ResultEffect,
} from "./decision.ts";

/** What a policy says of a call; the rest of a decision is the gateway's. */
export type DecisionAnswer = Pick<Decision, "effect" | "reasons" | "obligations" | "approval" | "risk">;

const EFFECTS: readonly string[] = ["allow", "deny", "hold"] satisfies Effect[];

/** The answer of the call phase, exactly as the policy contract has it. @throws MalformedAnswer */
export function checkDecision(value: unknown): DecisionAnswer {
  const answer = exactObject(value, ["effect", "reasons", "obligations", "approval", "risk"], "the answer");
  checkEffect(answer["effect"], EFFECTS);
  arrayOf(answer["reasons"], checkReason, "reasons");
  arrayOf(answer["obligations"], checkObligation, "obligations");
  checkApproval(answer["approval"], answer["effect"] === "hold");
  if (answer["risk"] !== null && !Number.isFinite(answer["risk"])) throw malformed("risk", "a number or null");
  return value as DecisionAnswer;
}

type ResultAnswer = Pick<ResultDecision, "effect" | "reasons" | "redactions" | "labels">;

const RESULT_EFFECTS: readonly string[] = ["pass", "redact", "block"] satisfies ResultEffect[];

/** The answer of the result phase. @throws MalformedAnswer */
export function checkResult(value: unknown): ResultAnswer {
  const answer = exactObject(value, ["effect", "reasons", "redactions", "labels"], "the answer");
  const { effect, redactions } = answer;
  checkEffect(effect, RESULT_EFFECTS);
  arrayOf(answer["reasons"], checkReason, "reasons");
  arrayOf(redactions, checkRedaction, "redactions");
  // A redact that removes nothing, or a pass that names parts to remove, would look carried out and is not.
  const names = (redactions as readonly unknown[]).length > 0;
  if (names !== (effect === "redact")) throw malformed("redactions", "filled exactly when the effect is redact");
  texts(answer["labels"], "labels");
  return value as ResultAnswer;
}

const REDACTION_FIELDS = ["pointer", "detector", "pattern"];

/** Exactly one of the three. A detector or pattern that could not be carried out would leave in what policy wants removed. @throws MalformedAnswer */
export function checkRedaction(value: unknown, where: string): void {
  const key = REDACTION_FIELDS.find((field) => Object.hasOwn(value ?? {}, field)) ?? "pointer";
  const text = exactObject(value, [key], where)[key];
  if (key === "pointer") return checkPointer(text, where);
  if (key === "detector") return oneOf(text, detectorKinds, where);
  const fault = typeof text === "string" && text !== "" ? patternFault(text) : "no text";
  if (fault !== null) throw malformed(where, `a regular expression (RE2): ${fault}`);
}

/** The answer of the list phase. @throws MalformedAnswer */
export function checkVisible(value: unknown): boolean {
  const answer = exactObject(value, ["visible"], "the answer");
  flag(answer["visible"], "visible");
  return answer["visible"] as boolean;
}

/**
 * The one value of a result set.
 * @throws MalformedAnswer policy_undefined for none, policy_many_results for several, policy_shape for no result set at all
 */
export function onlyResult(results: unknown): unknown {
  if (!Array.isArray(results)) throw new MalformedAnswer("policy_shape", "the evaluation gave no result set");
  if (results.length === 0) throw new MalformedAnswer("policy_undefined", "the evaluation gave no result");
  if (results.length > 1)
    throw new MalformedAnswer("policy_many_results", `the evaluation gave ${results.length} results`);
  const [entry] = results as readonly unknown[];
  if (typeof entry !== "object" || entry === null || !Object.hasOwn(entry, "result"))
    throw new MalformedAnswer("policy_shape", "the result set has no result");
  return (entry as { readonly result: unknown }).result;
}

/** The policy's answer does not follow the contract; `code` is the error code of the indeterminate decision. */
export class MalformedAnswer extends Error {
  readonly code: ErrorCode;
  /** The part of the answer, such as `redactions`; null when it is the whole. */
  readonly part: string | null;

  constructor(code: ErrorCode, detail: string, where: string | null = null) {
    super(detail);
    this.name = "MalformedAnswer";
    this.code = code;
    this.part = where?.split("/")[0] ?? null;
  }
}

function checkEffect(value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new MalformedAnswer(
    "policy_effect_unknown",
    `effect is ${JSON.stringify(value)}, not one of ${known.join(", ")}`,
  );
}

const SEVERITIES: readonly string[] = ["low", "medium", "high", "critical"] satisfies Reason["severity"][];

function checkReason(value: unknown, where: string): void {
  const reason = exactObject(value, ["code", "message", "rule", "severity", "controls"], where);
  text(reason["code"], `${where}/code`);
  text(reason["message"], `${where}/message`);
  text(reason["rule"], `${where}/rule`);
  oneOf(reason["severity"], SEVERITIES, `${where}/severity`);
  texts(reason["controls"], `${where}/controls`);
}

type Check = (value: unknown, where: string) => void;

/** Obligations whose fields are always the same. */
type Plain = Exclude<Obligation, RedactArguments | InjectCredential | LimitCalls>;

/**
 * The fields of each obligation besides its type. An obligation of any other type is refused, since nothing could carry it out.
 */
const obligations: {
  readonly [Type in Plain["type"]]: Readonly<Record<Exclude<keyof (Plain & { type: Type }), "type">, Check>>;
} = {
  label_session: { labels: texts },
  consume_approval: {},
};

/** @throws MalformedAnswer */
export function checkObligation(value: unknown, where: string): void {
  const type = (value as { readonly type?: unknown } | null)?.type;
  if (typeof type !== "string") throw malformed(`${where}/type`, "a text");
  if (type === "redact_arguments") return checkRedactArguments(value, where);
  if (type === "inject_credential") return checkInjectCredential(value, where);
  if (type === "limit") return checkLimit(value, where);
  if (!Object.hasOwn(obligations, type))
    throw new MalformedAnswer("policy_obligation_unknown", `${where} is of the unknown type ${type}`, where);
  const fields: Readonly<Record<string, Check>> = obligations[type as Plain["type"]];
  const obligation = exactObject(value, ["type", ...Object.keys(fields)], where);
  for (const [key, check] of Object.entries(fields)) check(obligation[key], `${where}/${key}`);
}

/** One list or the other. An empty one would look carried out, and removes nothing. */
function checkRedactArguments(value: unknown, where: string): void {
  const key = Object.hasOwn(value ?? {}, "pointers") ? "pointers" : "redactions";
  const parts = exactObject(value, ["type", key], where)[key];
  arrayOf(parts, key === "pointers" ? checkPointer : checkRedaction, `${where}/${key}`);
  if ((parts as readonly unknown[]).length === 0) throw malformed(`${where}/${key}`, "filled");
}

const NARROWING = ["scope", "resource", "ttl"];

/** An empty scope would ask an authorization server for its default, which is rarely the narrowest. */
function checkInjectCredential(value: unknown, where: string): void {
  const { credential, scope, resource, ttl } = exactObject(value, ["type", "credential"], where, NARROWING);
  text(credential, `${where}/credential`);
  if (scope !== undefined) {
    arrayOf(scope, scopeToken, `${where}/scope`);
    if ((scope as readonly unknown[]).length === 0) throw malformed(`${where}/scope`, "filled");
  }
  if (resource !== undefined) text(resource, `${where}/resource`);
  if (ttl !== undefined) positiveInteger(ttl, `${where}/ttl`);
}

/** RFC 6749 §3.3. */
function scopeToken(value: unknown, where: string): void {
  if (typeof value !== "string" || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)) throw malformed(where, "a scope");
}

/** What each kind of limit has beside its type, key and kind. */
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  rate: ["per", "max"],
  loop: ["per", "max"],
  concurrent: ["max"],
  spend: ["unit", "per", "max"],
};

/** Without a kind it is a rate, as it always was. */
function checkLimit(value: unknown, where: string): void {
  const { kind = "rate" } = value as { readonly kind?: unknown };
  oneOf(kind, Object.keys(LIMITS), `${where}/kind`);
  const optional = kind === "rate" ? ["kind", "burst"] : ["kind"];
  const limit = exactObject(value, ["type", "key", ...(LIMITS[kind as string] ?? [])], where, optional);
  const keys = Array.isArray(limit["key"]) ? limit["key"] : [limit["key"]];
  if (keys.length === 0) throw malformed(`${where}/key`, "filled");
  for (const key of keys) oneOf(key, limitKeys, `${where}/key`);
  for (const field of ["unit", "per"]) if (Object.hasOwn(limit, field)) text(limit[field], `${where}/${field}`);
  if (Object.hasOwn(limit, "burst")) positiveInteger(limit["burst"], `${where}/burst`);
  if (kind !== "spend") return positiveInteger(limit["max"], `${where}/max`);
  if ((decimal(limit["max"]) ?? 0n) === 0n) throw malformed(`${where}/max`, "an exact amount above zero");
}

const KEYS = ["require", "distinct_from", "approve_within", "execute_within", "justification", "scope", "summary"];
const PROOFS: readonly string[] = ["session", "reauthenticated", "passkey"] satisfies ApproverProof[];
const KINDS: readonly string[] = ["uses", "session", "task", "until"] satisfies GrantScope["kind"][];

/** A hold must have an approval requirement; any other effect must have none. @throws MalformedAnswer */
function checkApproval(value: unknown, held: boolean): void {
  if (!held) {
    if (value !== null) throw malformed("approval", "null unless the effect is hold");
    return;
  }
  const approval = exactObject(value, KEYS, "approval", ["proof"]);
  arrayOf(approval["require"], checkQuorum, "approval/require");
  // Without a required role the call could be released by nobody, or by anybody.
  if ((approval["require"] as readonly unknown[]).length === 0) throw malformed("approval/require", "filled");
  arrayOf(
    approval["distinct_from"],
    (item, where) => oneOf(item, ["acting_for", "agent_owner"], where),
    "approval/distinct_from",
  );
  positiveInteger(approval["approve_within"], "approval/approve_within");
  positiveInteger(approval["execute_within"], "approval/execute_within");
  flag(approval["justification"], "approval/justification");
  checkScope(approval["scope"]);
  if (Object.hasOwn(approval, "proof")) oneOf(approval["proof"], PROOFS, "approval/proof");
  text(approval["summary"], "approval/summary");
}

function checkQuorum(value: unknown, where: string): void {
  const quorum = exactObject(value, ["role", "count"], where, ["outside_team"]);
  text(quorum["role"], `${where}/role`);
  positiveInteger(quorum["count"], `${where}/count`);
  if (Object.hasOwn(quorum, "outside_team")) text(quorum["outside_team"], `${where}/outside_team`);
}

/** Every scope wider than one call is limited by a count and by a time. */
function checkScope(value: unknown): void {
  if (value === "once") return;
  const scope = exactObject(value, ["kind", "uses", "seconds", "same"], "approval/scope");
  oneOf(scope["kind"], KINDS, "approval/scope/kind");
  positiveInteger(scope["uses"], "approval/scope/uses");
  positiveInteger(scope["seconds"], "approval/scope/seconds");
  if (scope["same"] !== "arguments") arrayOf(scope["same"], checkPointer, "approval/scope/same");
}

function checkPointer(value: unknown, where: string): void {
  if (typeof value !== "string" || !value.startsWith("/")) throw malformed(where, "a JSON pointer");
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * An object with exactly these keys and any of the optional ones. A missing or unknown key makes the answer
 * indeterminate. @throws MalformedAnswer
 */
function exactObject(value: unknown, keys: readonly string[], where: string, optional: readonly string[] = []): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(where, "an object");
  for (const key of keys) if (!Object.hasOwn(value, key)) throw malformed(where, `complete: ${key} is missing`);
  if (Object.keys(value).length !== keys.length) {
    const extra = Object.keys(value).filter((key) => !keys.includes(key) && !optional.includes(key));
    if (extra.length > 0) throw malformed(where, `without ${extra.join(", ")}`);
  }
  return value as Fields;
}

function arrayOf(value: unknown, check: (item: unknown, where: string) => void, where: string): void {
  if (!Array.isArray(value)) throw malformed(where, "an array");
  for (let index = 0; index < value.length; index += 1) check(value[index], `${where}/${index}`);
}

function text(value: unknown, where: string): void {
  if (typeof value !== "string" || value === "") throw malformed(where, "a text");
}

function texts(value: unknown, where: string): void {
  arrayOf(value, text, where);
}

function oneOf(value: unknown, words: readonly string[], where: string): void {
  if (!words.includes(value as string)) throw malformed(where, words.join(" or "));
}

function positiveInteger(value: unknown, where: string): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw malformed(where, "a whole number above zero");
}

function flag(value: unknown, where: string): void {
  if (typeof value !== "boolean") throw malformed(where, "true or false");
}

function malformed(where: string, wanted: string): MalformedAnswer {
  return new MalformedAnswer("policy_shape", `${where} must be ${wanted}`, where);
}
