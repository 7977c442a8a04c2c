import type { SessionFact } from "./facts.ts";
import type { JsonObject } from "../lib/json.ts";

/**
 * A session as policy sees it. The history costs more than all the rest, and few policies ask for it; it is built for those
 * that do. It stands on the prototype, where all sessions have it in common, and counts as a member wherever members are
 * listed; it is the only one of the prototype's that does.
 */
export class SessionDocument {
  readonly id: string;
  readonly trust: string;
  readonly calls: number;
  readonly labels: readonly string[];
  readonly #fact: SessionFact;
  #history: readonly JsonObject[] | null = null;

  constructor(fact: SessionFact) {
    this.id = fact.id;
    this.trust = fact.trust;
    this.calls = fact.calls;
    this.labels = fact.labels;
    this.#fact = fact;
  }

  get history(): readonly JsonObject[] {
    return (this.#history ??= this.#fact.history.map((entry) => ({ ...entry })));
  }

  toJSON(): JsonObject {
    return { ...SessionDocument.withoutHistory(this), history: this.history };
  }

  static historyWasRead(session: SessionDocument): boolean {
    return session.#history !== null;
  }

  static withoutHistory({ id, trust, calls, labels }: SessionDocument): JsonObject {
    return { id, trust, calls, labels };
  }
}

Object.defineProperty(SessionDocument.prototype, "history", { enumerable: true });
