import type { Change } from "../../domain/policy-change.ts";
import type { Clock, LeftOut, ShadowReport, ShadowResult } from "../../domain/ports.ts";
import { addOne, mostFrequent, Tally } from "../tally.ts";
import type { Judged } from "./shadow-messages.ts";

/** Examples kept of each kind of change, and tools and subjects that are counted by name. */
const limits = { examples: 20, names: 500, latest: true } as const;

type Counts = Omit<ShadowReport, "status" | "waiting" | "against" | "since">;

/** What was counted since both policies are what they are. */
class Span {
  readonly since: number;
  readonly differences = new Tally(limits);
  readonly #results: Record<"gateway" | "unknown" | keyof LeftOut, number> = {
    gateway: 0,
    unknown: 0,
    queue: 0,
    policy: 0,
    thread: 0,
  };
  readonly #places = new Map<string, number>();
  readonly #asRecorded = new Map<string, number>();

  constructor(since: number) {
    this.since = since;
  }

  leave(result: "gateway" | keyof LeftOut): void {
    this.#results[result] += 1;
  }

  add({ difference, unknown, asRecorded }: Judged): void {
    if (unknown.length > 0) {
      this.#results.unknown += 1;
      for (const place of unknown) addOne(this.#places, place);
      return;
    }
    for (const part of asRecorded) addOne(this.#asRecorded, part);
    if (difference === null) this.differences.addSame();
    else this.differences.add(difference);
  }

  counts(): Counts {
    const { same, changed, widened } = this.differences;
    const { gateway, unknown, ...leftOut } = this.#results;
    const [compared, total] = [same + changed, gateway + unknown];
    const others = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
    return {
      decisions: compared + total + others,
      compared,
      same,
      changed,
      widened,
      leftOut,
      kinds: this.differences.kinds(),
      notCompared: { total, gateway, places: mostFrequent(this.#places) },
      asRecorded: mostFrequent(this.#asRecorded),
    };
  }
}

/** Counts what the candidate says, and begins again when it or the active policy becomes another one. */
export class ShadowTally {
  readonly #clock: Pick<Clock, "now">;
  readonly #counted: (result: ShadowResult, change: Change | null) => void;
  #against: string | null = null;
  #candidate: string | null = null;
  #span: Span;

  constructor(clock: Pick<Clock, "now">, counted: (result: ShadowResult, change: Change | null) => void) {
    this.#clock = clock;
    this.#counted = counted;
    this.#span = new Span(clock.now());
  }

  /** The active policy has this revision. */
  against(revision: string | null): void {
    if (revision === this.#against) return;
    this.#against = revision;
    this.#span = new Span(this.#clock.now());
  }

  candidate(revision: string | null): void {
    if (revision === this.#candidate) return;
    this.#candidate = revision;
    this.#span = new Span(this.#clock.now());
  }

  leave(result: "gateway" | keyof LeftOut): void {
    this.#span.leave(result);
    this.#counted(result, null);
  }

  /** What is about another pair of policies than the present one would be counted for the wrong one. */
  add(judged: Judged): void {
    const { against, candidate, difference, unknown } = judged;
    if (candidate === null || candidate !== this.#candidate || against !== this.#against) return this.leave("policy");
    this.#span.add(judged);
    const result = unknown.length > 0 ? "unknown" : difference === null ? "same" : "changed";
    this.#counted(result, difference?.change ?? null);
  }

  report(): Counts & Pick<ShadowReport, "against" | "since"> {
    return { against: this.#against, since: this.#span.since, ...this.#span.counts() };
  }
}
