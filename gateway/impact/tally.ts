import type { Change } from "./change.ts";
import type { Verdict, VerdictReason } from "./verdict.ts";

/** One question that two policies answer differently. */
export interface Difference {
  /** A decision's id, or the name of a golden case. */
  readonly of: string;
  /** Of the decision, ISO 8601; null for a golden case. */
  readonly at: string | null;
  readonly tool: string;
  readonly subject: string;
  readonly change: Change;
  readonly before: Shown;
  readonly after: Shown;
}

interface Shown {
  readonly effect: string;
  readonly reasons: readonly VerdictReason[];
}

/** Differences of one kind. */
export interface KindTally {
  readonly kind: string;
  readonly widens: boolean;
  readonly count: number;
  /** The most frequent first. */
  readonly tools: readonly Counted[];
  readonly subjects: readonly Counted[];
  /** The first ones found. */
  readonly examples: readonly Difference[];
}

export interface Counted {
  readonly name: string;
  readonly count: number;
}

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
    if (kind.examples.length < this.#limits.examples) kind.examples.push(difference);
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

  #count(names: Map<string, number>, name: string): void {
    const counted = names.has(name) || names.size < this.#limits.names ? name : "(others)";
    names.set(counted, (names.get(counted) ?? 0) + 1);
  }

  #sum(counts: (kind: Kind) => boolean): number {
    return [...this.#kinds.values()].filter(counts).reduce((sum, { count }) => sum + count, 0);
  }
}

export function mostFrequent(names: ReadonlyMap<string, number>): Counted[] {
  return [...names].map(([name, count]) => ({ name, count })).toSorted((a, b) => b.count - a.count);
}

export function shown({ effect, reasons }: Verdict): Shown {
  return { effect, reasons };
}
