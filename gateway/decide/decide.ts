import { type Decision, gatewayDecision, type ResultDecision } from "../domain/decision.ts";
import { type ErrorCode, errorCatalogue } from "../domain/errors.ts";
import type { InputDocument, PolicyInput } from "../domain/policy-input.ts";
import type { JsonObject } from "../lib/json.ts";
import { type ActivePolicy, type Entrypoint, PolicyFault, type RulePlace } from "../domain/ports.ts";
import {
  checkDecision,
  type DecisionAnswer,
  checkResult,
  checkVisible,
  onlyResult,
  MalformedAnswer,
} from "../domain/answers.ts";

interface Indeterminate {
  readonly indeterminate: ErrorCode;
  readonly detail: string;
}

interface Evaluated<Answer> {
  /** null: the answer is indeterminate. */
  readonly answer: Answer | null;
  readonly indeterminate: ErrorCode | null;
  readonly detail: string | null;
  readonly fuel: number | null;
  readonly evaluationUs: number | null;
}

/**
 * Evaluates the policy for one call. Never throws: a fault or a malformed answer becomes a deny with `indeterminate`
 * set to its code. `decisionId`: what the log names beside what the policy prints.
 */
export function decide(policy: ActivePolicy, input: PolicyInput, decisionId: string | null = null): Decision {
  const asked = { entrypoint: "decision", input, decisionId } as const;
  const { answer, indeterminate, detail, fuel, evaluationUs } = ask(policy, asked, checkDecision);
  if (answer !== null) return decided(answer, fuel, evaluationUs);
  const code = indeterminate ?? "policy_threw";
  return gatewayDecision({
    effect: "deny",
    code,
    message: errorCatalogue[code].sentence,
    severity: "high",
    indeterminate: code,
    detail,
    evaluated: { fuel, evaluationUs },
  });
}

function decided(answer: DecisionAnswer, fuel: number | null, evaluationUs: number | null): Decision {
  const { effect, reasons, obligations, approval, risk } = answer;
  return { effect, reasons, obligations, approval, risk, indeterminate: null, detail: null, fuel, evaluationUs };
}

/** Whether a tool is listed; an indeterminate answer hides it. */
export function visible(policy: ActivePolicy, input: PolicyInput): boolean {
  return ask(policy, { entrypoint: "visible", input, decisionId: null }, checkVisible).answer === true;
}

/** What of a tool's result may be returned; an indeterminate answer blocks it. */
export function judgeResult(
  policy: ActivePolicy,
  input: PolicyInput,
  decisionId: string | null = null,
): ResultDecision {
  const asked = { entrypoint: "result", input, decisionId } as const;
  const { answer, indeterminate, detail, fuel, evaluationUs } = ask(policy, asked, checkResult);
  if (answer !== null) return { ...answer, indeterminate: null, detail: null, fuel, evaluationUs };
  return {
    effect: "block",
    reasons: [],
    redactions: [],
    labels: [],
    indeterminate: indeterminate ?? "policy_threw",
    detail,
    fuel,
    evaluationUs,
  };
}

/** The same checks for tests of a policy before it is active. @throws MalformedAnswer */
export function checkAnswer(entrypoint: Entrypoint, results: unknown): void {
  const checks: Readonly<Record<Entrypoint, (value: unknown) => unknown>> = {
    decision: checkDecision,
    visible: checkVisible,
    result: checkResult,
  };
  checks[entrypoint](onlyResult(results));
}

interface Asked {
  readonly entrypoint: Entrypoint;
  readonly input: PolicyInput;
  readonly decisionId: string | null;
}

function ask<Answer>(policy: ActivePolicy, asked: Asked, check: (value: unknown) => Answer): Evaluated<Answer> {
  const { entrypoint, input, decisionId } = asked;
  const began = performance.now();
  let [fuel, evaluationUs]: [number | null, number | null] = [null, null];
  try {
    const evaluation = policy.evaluate(entrypoint, input);
    evaluationUs = microsecondsSince(began);
    fuel = evaluation.fuel;
    if (evaluation.printed !== undefined) policy.notePrinted(entrypoint, evaluation.printed, decisionId);
    return { answer: checked(evaluation.results, check), indeterminate: null, detail: null, fuel, evaluationUs };
  } catch (thrown) {
    if (thrown instanceof PolicyFault && thrown.printed !== null)
      policy.notePrinted(entrypoint, thrown.printed, decisionId);
    const failure = withPlaces(asIndeterminate(thrown), thrown, policy, asked);
    policy.noteFault(entrypoint, failure.indeterminate, failure.detail);
    return { answer: null, ...failure, fuel, evaluationUs: evaluationUs ?? microsecondsSince(began) };
  }
}

const checkedAnswers = new WeakMap<object, { readonly check: unknown; readonly answer: unknown }>();

/** Checks an answer. A frozen one cannot change, so its result is cached with the object. @throws MalformedAnswer */
function checked<Answer>(results: unknown, check: (value: unknown) => Answer): Answer {
  if (typeof results !== "object" || results === null || !Object.isFrozen(results)) return check(onlyResult(results));
  const known = checkedAnswers.get(results);
  if (known?.check === check) return known.answer as Answer;
  const answer = check(onlyResult(results));
  checkedAnswers.set(results, { check, answer });
  return answer;
}

function microsecondsSince(began: number): number {
  return Math.round((performance.now() - began) * 1_000);
}

function asIndeterminate(thrown: unknown): Indeterminate {
  if (thrown instanceof PolicyFault || thrown instanceof MalformedAnswer)
    return { indeterminate: thrown.code, detail: thrown.message };
  return {
    indeterminate: "policy_threw",
    detail: thrown instanceof Error ? (thrown.stack ?? thrown.message) : describe(thrown),
  };
}

/** What each part of an answer is made of: the exports of rules that `main` collects. */
const madeOf: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  decision: { reasons: ["deny", "permit", "shadow", "hold"], obligations: ["oblige"], approval: ["hold"] },
  result: { reasons: ["block"], redactions: ["redact"], labels: ["label"] },
};

const mostPlaces = 5;

/** A malformed part of an answer has lost the rule that it came from: those are named that it can have come from. */
function withPlaces(
  failure: Indeterminate,
  thrown: unknown,
  policy: ActivePolicy,
  { entrypoint, input }: Asked,
): Indeterminate {
  const names = thrown instanceof MalformedAnswer ? madeOf[entrypoint]?.[thrown.part ?? ""] : undefined;
  if (names === undefined) return failure;
  // What is evaluated need not be a call.
  const { resource } = input.document as Partial<InputDocument>;
  const { server, tool } = (resource?.["properties"] ?? {}) as JsonObject;
  const places = policy.exporting(names, String(server), String(tool));
  return { ...failure, detail: `${failure.detail}${placesText(names, places)}` };
}

/** One place as `file:line`, so that the fault has it; several as candidates. */
function placesText(names: readonly string[], places: readonly RulePlace[]): string {
  const [only] = places;
  if (only === undefined) return "";
  if (places.length === 1) return `; it comes from the rule ${only.rule} (${only.file}:${only.line})`;
  const shown = places.slice(0, mostPlaces).map(({ rule, file, line }) => `${rule} (${file}, line ${line})`);
  const more = places.length > mostPlaces ? ` and ${places.length - mostPlaces} more` : "";
  return `; the rules with ${names.join(", ")} are ${shown.join(", ")}${more}`;
}

/** String() itself can throw, on an object without a prototype for one. */
function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "a value without a text was thrown";
  }
}
