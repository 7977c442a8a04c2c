import type { Counted, Difference, KindTally, Shown } from "../domain/policy-change.ts";
import type { Verdict } from "./verdict.ts";

interface Kind {
  readonly kind: string;
  readonly widens: boolean;
  count: number;
  readonly tools: Map<string, number>;
  readonly subjects: Map<string, number>;
  readonly examples: Difference[];
}

export interface TallyLimits {
  /** Examples kept of each kind. */
  readonly examples: number;
  /** Whether these are the latest. Default: the first ones found. */
  readonly latest?: boolean;
  /** Names counted of each kind, of tools and of subjects; further ones count as `(others)`. */
  readonly names: number;
}

/** Differences counted by kind, tool and subject. */
export class Tally {
  readonly #kinds = new Map<string, Kind>();
  readonly #limits: TallyLimits;
  #same = 0;

  constructor(limits: TallyLimits) {
    this.#limits = limits;
  }

  get same(): number {
    return this.#same;
  }

  get changed(): number {
    return this.#sum(() => true);
  }

  get widened(): number {
    return this.#sum(({ widens }) => widens);
  }

  addSame(): void {
    this.#same += 1;
  }

  add(difference: Difference): void {
    const { kind: name, widens } = difference.change;
    const key = `${name} ${widens}`;
    const begun: Kind = { kind: name, widens, count: 0, tools: new Map(), subjects: new Map(), examples: [] };
    const kind = this.#kinds.get(key) ?? begun;
    this.#kinds.set(key, kind);
    kind.count += 1;
    this.#count(kind.tools, difference.tool);
    this.#count(kind.subjects, difference.subject);
    this.#keep(kind.examples, difference);
  }

  /** Widenings first, then the most frequent. */
  kinds(): readonly KindTally[] {
    const all = [...this.#kinds.values()].toSorted((a, b) => Number(b.widens) - Number(a.widens) || b.count - a.count);
    return all.map(({ tools, subjects, examples, ...rest }) => ({
      ...rest,
      tools: mostFrequent(tools),
      subjects: mostFrequent(subjects),
      examples: [...examples],
    }));
  }

  #keep(kept: Difference[], difference: Difference): void {
    const { examples, latest = false } = this.#limits;
    if (kept.length >= examples && latest) kept.shift();
    if (kept.length < examples) kept.push(difference);
  }

  #count(names: Map<string, number>, name: string): void {
    addOne(names, names.has(name) || names.size < this.#limits.names ? name : "(others)");
  }

  #sum(counts: (kind: Kind) => boolean): number {
    return [...this.#kinds.values()].filter(counts).reduce((sum, { count }) => sum + count, 0);
  }
}

export function addOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

export function mostFrequent(names: ReadonlyMap<string, number>): Counted[] {
  return [...names].map(([name, count]) => ({ name, count })).toSorted((a, b) => b.count - a.count);
}

export function shown({ effect, reasons }: Verdict): Shown {
  return { effect, reasons };
}
