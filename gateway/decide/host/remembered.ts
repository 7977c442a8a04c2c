import type { Evaluation } from "../../domain/ports.ts";

/** Entries of each of two generations, and the longest text that is kept: some eight megabytes at most. */
const MOST = 1_024;
const LONGEST = 4 * 1024;

/**
 * Evaluations by the text they were made of. A policy is a function of that text: an agent that calls the same tool again,
 * with whatever arguments its rules do not read, is answered what was found before, at the same fuel.
 */
export class RememberedEvaluations {
  #young = new Map<string, Evaluation>();
  #old = new Map<string, Evaluation>();

  get(text: string): Evaluation | null {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const old = this.#old.get(text);
    if (old === undefined) return null;
    this.#add(text, old);
    return old;
  }

  /** `evaluation` is shared by all who ask: it has to be frozen. */
  set(text: string, evaluation: Evaluation): void {
    if (text.length <= LONGEST) this.#add(text, evaluation);
  }

  /** What nobody asked for during a whole generation is forgotten with it. */
  #add(text: string, evaluation: Evaluation): void {
    if (this.#young.size >= MOST) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, evaluation);
  }
}
