import type { OutcomeKind } from "../domain/decision-record.ts";
import type { AddedCall, ObservedCall, SessionCallStore } from "../domain/ports.ts";

/**
 * A call in the history that all processes of a store share. It is there before the call leaves, what its answer gives it before the answer
 * is whole, and what came of it likewise.
 */
export class SharedCall implements ObservedCall {
  readonly noted: Promise<void>;
  readonly #calls: Pick<SessionCallStore, "update">;
  readonly #of: Pick<AddedCall, "key" | "decisionId">;
  #labels: readonly string[];
  #outcome: OutcomeKind | null;
  /** The store has what was said last. */
  #isKept = true;
  /** It could not be added: it is refused, and nothing more is said of it. */
  #isLost = false;
  /** Resolves when the write before has ended: of two at once, the first could be made last. */
  #last: Promise<void>;

  constructor(calls: Pick<SessionCallStore, "add" | "update">, added: AddedCall) {
    const { key, decisionId, labels, outcome } = added;
    this.#calls = calls;
    this.#of = { key, decisionId };
    this.#labels = labels;
    this.#outcome = outcome;
    this.noted = calls.add(added);
    this.#last = this.noted.catch(() => void (this.#isLost = true));
  }

  ended(outcome: OutcomeKind): Promise<void> | void {
    if (this.#isLost || (outcome === this.#outcome && this.#isKept)) return;
    this.#outcome = outcome;
    return this.#keep();
  }

  /** Labels that came of its answer: all of them by now. */
  labelled(labels: readonly string[]): Promise<void> | void {
    if (this.#isLost || labels.length === this.#labels.length) return;
    this.#labels = labels;
    return this.#keep();
  }

  #keep(): Promise<void> {
    this.#isKept = false;
    const keeping = this.#last.then(() => this.#write());
    this.#last = keeping.catch(() => undefined);
    return keeping;
  }

  async #write(): Promise<void> {
    // What was said together is written together.
    if (this.#isLost || this.#isKept) return;
    const said = { labels: this.#labels, outcome: this.#outcome };
    await this.#calls.update({ ...this.#of, ...said });
    this.#isKept = said.labels === this.#labels && said.outcome === this.#outcome;
  }
}
