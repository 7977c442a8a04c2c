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
export function ruledMembers(members: string, { policy, rules, decisionId }: Ruling): string {
  const record = parseExact(`{${members.slice(1)}}`) as JsonObject;
  const ask = (rule: LogRule): JsonValue | undefined =>
    rules.has(rule) ? answerOf(policy, rule, record, decisionId) : undefined;
  try {
    if (isDropped(ask("drop"))) return membersOf(skeleton(record, { dropped: true }));
    return membersOf(masked(record, masksIn(ask("mask"))));
  } catch (thrown) {
    const [code, detail] =
      thrown instanceof PolicyFault ? [thrown.code, thrown.message] : (["policy_threw", String(thrown)] as const);
    policy.noteFault("mask", code, detail);
    return membersOf(skeleton(record, { mask_failed: true }));
  }
}

function membersOf(record: JsonObject): string {
  return `,${JSON.stringify(record).slice(1, -1)}`;
}

/** Undefined where the rule says nothing. @throws PolicyFault */
function answerOf(policy: ActivePolicy, rule: LogRule, record: JsonObject, decisionId: string): JsonValue | undefined {
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

/** The digests are of what is left, so that nobody can try values until a digest fits. */
function masked(record: JsonObject, masks: readonly Mask[]): JsonObject {
  let after: JsonValue = record;
  const [erased, replaced]: [string[], string[]] = [[], []];
  for (const { path, value } of masks) {
    const before: JsonValue = after;
    after = changedAt(after, pointerSteps(path), value === undefined ? { to: value } : { to: value, adds: true });
    if (after !== before) (value === undefined ? erased : replaced).push(path);
  }
  if (erased.length + replaced.length === 0) return record;
  const { arguments: leftOut, input = null, ...rest } = after as JsonObject;
  return {
    ...rest,
    ...(leftOut === undefined ? {} : { arguments: { bytes: (leftOut as JsonObject)["bytes"] ?? null } }),
    input_digest: `sha256:${hash("sha256", JSON.stringify(input))}`,
    erased: [...(record["erased"] as readonly string[]), ...erased],
    masked: [...(record["masked"] as readonly string[]), ...replaced],
    input,
  };
}

/** What is left of a record: who did what with which tool, when, and what was decided. */
function skeleton(record: JsonObject, why: JsonObject): JsonObject {
  const { arguments: _digest, input: _input, result, ...rest } = record;
  const { effect = null, doubt = null } = result as JsonObject;
  return {
    ...rest,
    ...{ request_path: "", session: null, input_digest: null },
    result: { effect, reasons: [], obligations: [], doubt, detail: null },
    erased: ["/input", "/request_path", "/session", "/result/reasons", "/result/obligations", "/result/detail"],
    masked: [],
    ...why,
    input: null,
  };
}
