import { Refusal } from "../domain/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { Evaluation } from "./answer.ts";
import { evaluate, type Evaluating } from "./evaluate.ts";
import type { AuthzenDeps } from "./deps.ts";
import { readBatch, readDefaults, readQuestion, type Semantics } from "./shapes.ts";

/** So many questions are judged before others get their turn. */
const atOnce = 16;

/** "Access Evaluation API": one question. A malformed one is an error of the whole request. */
export function evaluation(deps: AuthzenDeps, around: Evaluating, document: JsonValue | undefined) {
  readQuestion(document);
  return evaluate(deps, around, document as JsonValue);
}

/** "Access Evaluations API". Without `evaluations` it is one question. @throws Refusal authzen_request_invalid */
export async function evaluations(
  deps: AuthzenDeps,
  around: Evaluating,
  document: JsonValue | undefined,
): Promise<Evaluation | { readonly evaluations: readonly Evaluation[] }> {
  const { evaluations: items = [], options } = readBatch(document);
  if (items.length === 0) return evaluation(deps, around, document);
  if (items.length > deps.evaluations)
    throw new Refusal("authzen_request_invalid", { hint: `at most ${deps.evaluations} evaluations` });
  readDefaults(document);
  const questions = items.map((item) => withDefaults(item, document as JsonObject));
  return { evaluations: await inOrder(deps, around, questions, options?.evaluations_semantic ?? "execute_all") };
}

const inherited = ["subject", "action", "resource", "context"] as const;

/** "Default values": an item has a member whole, or inherits it whole. */
function withDefaults(item: JsonValue, defaults: JsonObject): JsonValue {
  if (!isJsonObject(item)) return item;
  const kept = inherited.flatMap((name) => {
    const value = Object.hasOwn(item, name) ? item[name] : defaults[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}

const lastWord: Readonly<Record<Semantics, boolean | null>> = {
  execute_all: null,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
};

/** What ends a batch early ends it before the next question is judged: no approval is used up behind the last answer. */
async function inOrder(
  deps: AuthzenDeps,
  around: Evaluating,
  questions: readonly JsonValue[],
  semantics: Semantics,
): Promise<Evaluation[]> {
  const ends = lastWord[semantics];
  const size = ends === null ? atOnce : 1;
  const given: Evaluation[] = [];
  for (let at = 0; at < questions.length; at += size) {
    const some = questions.slice(at, at + size).map((question) => evaluate(deps, around, question));
    given.push(...(await allOf(some)));
    if (ends !== null && given.at(-1)?.decision === ends) break;
  }
  return given;
}

/** All have ended before one that failed is told: nothing may still be used up behind an answer that was given. */
async function allOf(some: readonly Promise<Evaluation>[]): Promise<Evaluation[]> {
  const ended = await Promise.allSettled(some);
  return ended.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
