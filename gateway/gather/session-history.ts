import type { OutcomeKind } from "../domain/decision-record.ts";
import type { EvaluatedCall } from "../domain/exchange.ts";
import { destinationsIn, normalDestination } from "../domain/destination.ts";
import type { HistoryFact } from "../domain/facts.ts";
import type { CallBody, ObservedCall, ReviewedCall, StoredCall } from "../domain/ports.ts";
import type { SharedCall } from "./shared-call.ts";
import { internJson } from "../lib/json.ts";

/** Digest of a text with a key that only this store has: 16 hex digits. */
export type KeyedDigest = (text: string) => string;

const nothing: readonly string[] = internJson([]);

/** One call in the memory of its session. Its destinations are digested when somebody reads them first: most are never read. */
export class HistoryEntry implements ObservedCall {
  readonly noted = null;
  readonly decisionId: string;
  readonly effect: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  labels: readonly string[];
  outcome: OutcomeKind | null = null;
  /** The call in the history that processes share; null where it is in none. */
  shared: SharedCall | null = null;
  readonly #server: string;
  readonly #name: string;
  /** Digests once they are `digested`, until then the values. */
  #destinations: readonly string[];
  #digested: boolean;

  constructor(evaluated: EvaluatedCall, at: number, digest: KeyedDigest) {
    const { call, decision, facts, decisionId } = evaluated;
    this.decisionId = decisionId;
    this.#server = call.route.server;
    this.#name = call.name;
    this.effect = decision.effect;
    this.at = at;
    this.labels = labelsOf(decision.obligations);
    const values = destinationsIn(call, facts.catalog);
    // Values of any length would be kept as long as the session: of long ones, the digests are kept at once.
    this.#digested = values.reduce((sum, { length }) => sum + length, 0) > mostCharacters;
    this.#destinations = this.#digested ? digestsOf(values, digest) : values;
  }

  ended(outcome: OutcomeKind): void {
    this.outcome = outcome;
  }

  /** Labels that came of its answer. */
  labelled(labels: readonly string[]): void {
    const more = labels.filter((label) => !this.labels.includes(label));
    if (more.length > 0) this.labels = [...this.labels, ...more];
  }

  /** As the store has it, where it has the calls of sessions. */
  stored(digest: KeyedDigest): StoredCall {
    const { decisionId, labels, outcome } = this;
    return { decisionId, call: this.#body(digest), labels, outcome };
  }

  #body(digest: KeyedDigest): CallBody {
    const { effect, at } = this;
    return { tool: `${this.#server}/${this.#name}`, effect, destinations: this.#digests(digest), at };
  }

  #digests(digest: KeyedDigest): readonly string[] {
    if (this.#digested) return this.#destinations;
    this.#digested = true;
    return (this.#destinations = digestsOf(this.#destinations, digest));
  }
}

/** A call of the history as policy sees it. */
export function historyFact(
  { call: { tool, effect, destinations, at }, labels, outcome }: StoredCall,
  now: number,
): HistoryFact {
  return { tool, effect, labels, destinations, outcome, ago: Math.max(0, Math.round((now - at) / 1_000)) };
}

/** The same as people see it. */
export function reviewedCall({
  decisionId,
  call: { tool, effect, destinations, at },
  labels,
  outcome,
}: StoredCall): ReviewedCall {
  return { decision_id: decisionId, tool, effect, labels, destinations, outcome, at };
}

function labelsOf(obligations: EvaluatedCall["decision"]["obligations"]): readonly string[] {
  if (obligations.length === 0) return nothing;
  return obligations.flatMap((duty) => (duty.type === "label_session" ? duty.labels : []));
}

/** The characters that the destinations of one call may have in all to be kept as they are. */
const mostCharacters = 200;

function digestsOf(values: readonly string[], digest: KeyedDigest): readonly string[] {
  return values.map((value) => digest(normalDestination(value)));
}
