import type { Answer } from "./caller.ts";

/** Counts answers by what they say: a status, and its code when it is a refusal. */
export class Tally {
  readonly #counts = new Map<string, number>();
  total = 0;

  add({ status, body }: Answer): void {
    const code = typeof body["code"] === "string" ? ` ${body["code"]}` : "";
    const key = `${status}${code}`;
    this.total++;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Answers that were not expected, with their numbers. */
  others(expected: readonly string[]): string[] {
    return [...this.#counts]
      .filter(([key]) => !expected.includes(key))
      .map(([key, count]) => `${key} (${count} times)`);
  }
}
