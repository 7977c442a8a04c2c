import { hash } from "node:crypto";
import { type ActivePolicy, type LogRule, PolicyFault } from "../../domain/ports.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseExact, pointerSteps } from "../../lib/json.ts";
import { changedAt } from "../../lib/json-places.ts";

/** The policy whose rules about the log a record is subject to, and the decision that it is about. */
interface Ruling {
  readonly policy: ActivePolicy;
  readonly rules: ReadonlySet<LogRule>;
  readonly decisionId: string;
}

/**
 * A record, as the text of its members with a comma in front, after the policy's rules `system.log.drop` and `system.log.mask`
 * (https://www.openpolicyagent.org/docs/management-decision-logs): what each of them sees as `input` is the record. A rule that gives no
 * usable answer masks everything.
 */
export function ruledMembers(members: string, ruling: Ruling): string {
  const record = parseExact(`{${members.slice(1)}}`) as JsonObject;
  return membersOf(ruled(record, ruling, true));
}

function ruled(record: JsonObject, ruling: Ruling, isWhole: boolean): JsonObject {
  const { policy } = ruling;
  let asked: LogRule = "drop";
  try {
    if (isDropped(answerOf(ruling, asked, record))) return skeleton(record, { dropped: true });
    asked = "mask";
    return masked(record, masksIn(answerOf(ruling, asked, record)));
  } catch (thrown) {
    const [code, detail] =
      thrown instanceof PolicyFault ? [thrown.code, thrown.message] : (["policy_threw", String(thrown)] as const);
    // Callers choose the size of arguments: nobody can have more taken out of a record by that than the arguments themselves.
    if (code === "policy_input_too_large" && isWhole) return ruled(withoutArguments(record), ruling, false);
    policy.noteFault(asked, code, detail);
    return skeleton(record, { mask_failed: true });
  }
}

function withoutArguments(record: JsonObject): JsonObject {
  const change = { to: undefined };
  const { arguments: leftOut, ...rest } = changedAt(record, ["input", "context", "arguments"], change) as JsonObject;
  const text = JSON.stringify(((record["input"] as JsonObject)["context"] as JsonObject)["arguments"] ?? null);
  const bytes = leftOut === undefined ? Buffer.byteLength(text) : (leftOut as JsonObject)["bytes"];
  const erased = [...(record["erased"] as readonly string[]), "/input/context/arguments"];
  return { ...rest, arguments: { bytes: bytes ?? null }, erased, input: rest["input"] ?? null };
}

function membersOf(record: JsonObject): string {
  return `,${JSON.stringify(record).slice(1, -1)}`;
}

/** Undefined where the rule says nothing. @throws PolicyFault */
function answerOf({ policy, rules, decisionId }: Ruling, rule: LogRule, record: JsonObject): JsonValue | undefined {
  if (!rules.has(rule)) return undefined;
  // The rules about calls have the document of a call; this one is of another kind, and no projection is made of it.
  const input = { document: record as never, text: JSON.stringify(record) };
  const { results, printed } = policy.evaluate(rule, input);
  if (printed !== undefined) policy.notePrinted(rule, printed, decisionId);
  const [first] = results as readonly { readonly result: JsonValue }[];
  return first?.result;
}

function isDropped(answer: JsonValue | undefined): boolean {
  if (answer === undefined || typeof answer === "boolean") return answer === true;
  throw malformed("drop is not true or false");
}

interface Mask {
  readonly path: string;
  /** Undefined: what is there is removed. */
  readonly value: JsonValue | undefined;
}

function masksIn(answer: JsonValue | undefined): readonly Mask[] {
  if (answer === undefined) return [];
  if (!Array.isArray(answer)) throw malformed("mask is no set");
  return (answer as readonly JsonValue[]).map(maskOf);
}

function maskOf(element: JsonValue): Mask {
  if (typeof element === "string") return { path: checkedPath(element), value: undefined };
  if (!isJsonObject(element)) throw malformed("an element of mask is neither a text nor an object");
  const { op, path, value } = element;
  if (typeof path !== "string") throw malformed("an element of mask has no path");
  if (op === "remove") return { path: checkedPath(path), value: undefined };
  if (op !== "upsert") throw malformed("the op of an element of mask is neither remove nor upsert");
  return { path: checkedPath(path), value: value ?? null };
}

function checkedPath(path: string): string {
  if (/^\/(?:input|result|nd_builtin_cache)(?:\/|$)/.test(path)) return path;
  throw malformed("a path of mask does not begin with /input, /result or /nd_builtin_cache");
}

function malformed(detail: string): PolicyFault {
  return new PolicyFault("policy_shape", `system.log: ${detail}`);
}

/**
 * `input_digest` is of what is left, and arguments that are left out have no digest: values that are masked could be tried until it fits. It
 * is so whatever the masks find, because what a record leaves out for another reason is in those digests too.
 */
function masked(record: JsonObject, masks: readonly Mask[]): JsonObject {
  if (masks.length === 0) return record;
  let after: JsonValue = record;
  const [erased, replaced]: [string[], string[]] = [[], []];
  for (const { path, value } of masks) {
    const before: JsonValue = after;
    after = changedAt(after, pointerSteps(path), value === undefined ? { to: value } : { to: value, adds: true });
    if (after !== before) (value === undefined ? erased : replaced).push(path);
  }
  const { arguments: leftOut, input = null, result = null, ...rest } = after as JsonObject;
  return {
    ...rest,
    ...(leftOut === undefined ? {} : { arguments: { bytes: (leftOut as JsonObject)["bytes"] ?? null } }),
    input_digest: input === null ? null : `sha256:${hash("sha256", JSON.stringify(input))}`,
    erased: [...(record["erased"] as readonly string[]), ...erased],
    masked: [...(record["masked"] as readonly string[]), ...replaced],
    result: resultOf(record["result"] as JsonObject, result),
    input,
  };
}

/** Every reader of a record knows its effect, and finds the lists that each result has. */
function resultOf({ effect = null, doubt = null }: JsonObject, left: JsonValue): JsonObject {
  const { reasons = [], obligations = [], detail = null } = isJsonObject(left) ? left : {};
  const list = (value: JsonValue): JsonValue => (Array.isArray(value) ? (value as JsonValue) : []);
  return { effect, reasons: list(reasons), obligations: list(obligations), doubt, detail };
}

/** What is left of a record: who did what with which tool, when, and what was decided. */
function skeleton(record: JsonObject, why: JsonObject): JsonObject {
  const { arguments: _digest, input: _input, result, ...rest } = record;
  const { effect = null, doubt = null } = result as JsonObject;
  return {
    ...rest,
    request_path: "",
    session: null,
    input_digest: null,
    result: { effect, reasons: [], obligations: [], doubt, detail: null },
    erased: ["/input", "/request_path", "/session", "/result/reasons", "/result/obligations", "/result/detail"],
    masked: [],
    ...why,
    input: null,
  };
}
