import canonicalize from "canonicalize";
import fc from "fast-check";
import type { HostedPolicy } from "../../../gateway/decide/host/hosted-policy.ts";
import type { InputDocument, PolicyInput } from "../../../gateway/domain/policy-input.ts";
import { PolicyFault } from "../../../gateway/domain/ports.ts";
import { documents } from "./documents.ts";
import type { Pair } from "./pairs.ts";

export interface Difference {
  readonly question: string;
  readonly document: unknown;
  readonly full: string;
  readonly projected: string;
}

export interface Comparison {
  readonly inputs: number;
  readonly compared: number;
  /** The first twenty. */
  readonly different: readonly Difference[];
  /** How many different answers each question had, counted up to a thousand: one answer proves nothing. */
  readonly answers: Readonly<Record<string, number>>;
}

/** So many that a sample of them fits into memory. */
const BATCH = 1_000;
const MOST_ANSWERS = 1_000;
const MOST_SHOWN = 20;

/** Asks both engines of every pair about generated documents. The same seed gives the same documents. */
export function compare(pairs: readonly Pair[], inputs: number, seed: number): Comparison {
  const different: Difference[] = [];
  const answers = new Map<string, Set<string>>();
  let compared = 0;
  for (let done = 0; done < inputs; done += BATCH) {
    for (const document of fc.sample(documents, { numRuns: Math.min(BATCH, inputs - done), seed: seed + done })) {
      const input: PolicyInput = { document: document as unknown as InputDocument, text: JSON.stringify(document) };
      for (const { questions, full, projected } of pairs) {
        for (const [question, entrypoint] of Object.entries(questions)) {
          const [a, b] = [answer(full, entrypoint, input), answer(projected, entrypoint, input)];
          compared += 1;
          note(answers, question, a);
          if (a !== b && different.length < MOST_SHOWN) different.push({ question, document, full: a, projected: b });
        }
      }
    }
  }
  const counted = Object.fromEntries([...answers].map(([question, all]) => [question, all.size]));
  return { inputs, compared, different, answers: counted };
}

function note(answers: Map<string, Set<string>>, question: string, answer: string): void {
  const known = answers.get(question) ?? new Set();
  if (known.size < MOST_ANSWERS) answers.set(question, known.add(answer));
}

function answer(policy: HostedPolicy, entrypoint: string, input: PolicyInput): string {
  try {
    // Two modules may write the members of one object in two orders.
    return canonicalize(policy.evaluate(entrypoint, input).results) ?? "";
  } catch (error) {
    if (error instanceof PolicyFault) return error.code;
    throw error;
  }
}
