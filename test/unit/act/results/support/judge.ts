import type { AnswerJudge } from "../../../../../gateway/act/results/answer-judge.ts";
import { ResultPhase } from "../../../../../gateway/act/results/result-phase.ts";
import type { ResultDecision } from "../../../../../gateway/domain/decision.ts";
import type { EvaluatedCall } from "../../../../../gateway/domain/exchange.ts";
import type { InputDocument } from "../../../../../gateway/domain/policy-input.ts";
import type { ResultRules } from "../../../../../gateway/domain/result.ts";
import type { ResultPolicy } from "../../../../../gateway/domain/route.ts";
import type { JsonObject, JsonValue } from "../../../../../gateway/lib/json.ts";
import { activePolicy, evaluated, facts, route, TestClock, toolCall } from "../../../../support/builders.ts";
import { findWords } from "../../../../support/find-words.ts";

export const passes: ResultDecision = {
  effect: "pass",
  reasons: [],
  redactions: [],
  labels: [],
  indeterminate: null,
  detail: null,
  fuel: 1,
  evaluationUs: 1,
};

interface WorldOptions {
  /** What the policy says of each input. */
  readonly answer?: (document: InputDocument) => Partial<ResultDecision>;
  readonly results?: Partial<ResultPolicy>;
  readonly rules?: ResultRules;
  readonly outputSchema?: JsonObject;
  readonly fits?: (schema: JsonObject, value: JsonValue) => boolean;
  readonly readsProvenance?: boolean;
  readonly clock?: TestClock;
  /** Gives a label to the session, in the place of one that works. */
  readonly label?: () => Promise<void>;
}

/** A result phase whose policy answers as told, and what it was asked and what it labelled. */
export function resultWorld({
  answer = () => ({}),
  results = {},
  rules,
  outputSchema,
  fits,
  readsProvenance = false,
  clock = new TestClock(),
  label = () => Promise.resolve(),
}: WorldOptions = {}) {
  const asked: InputDocument[] = [];
  const labelled: string[] = [];
  const said: string[] = [];
  const learnt: { readonly tool: string; readonly content: JsonValue }[] = [];
  const phase = new ResultPhase({
    evaluate: (_policy, { document }) => {
      asked.push(document);
      return { ...passes, ...answer(document) };
    },
    sessions: { label: (_evaluated, labels) => (labelled.push(...labels), label()) },
    find: findWords({ email: /[a-z]+@[a-z.]+/g }),
    definitions: { outputSchema: async () => outputSchema ?? null },
    fits: fits ?? (() => true),
    provenance: {
      sent: async ({ call: { action } }) => void said.push(action),
      learn: async (_evaluated, { tool, content }) => {
        learnt.push({ tool, content });
        return content === null ? ["read:untrusted"] : [];
      },
    },
    clock,
  });
  const policy = activePolicy({
    readsProvenance,
    judgesResult: (server, tool) => {
      const tools = rules?.tools[server];
      if (tool === null) return tools !== undefined;
      return (rules?.everywhere ?? true) || tools?.includes(tool) === true;
    },
  });
  const call = (changes: Parameters<typeof toolCall>[0] = {}): EvaluatedCall =>
    evaluated({
      call: toolCall({
        route: route({
          results: { policy: "read", maxBytes: 1_000, oversize: "block", streams: "buffer", ...results },
        }),
        ...changes,
      }),
      facts: facts({ policy }),
    });
  const judge = (changes: Parameters<typeof toolCall>[0] = {}): AnswerJudge => {
    const found = phase.of(call(changes));
    if (found === null) throw new Error("no rule has a say about this call");
    return found;
  };
  return { phase, call, judge, asked, labelled, said, learnt };
}
