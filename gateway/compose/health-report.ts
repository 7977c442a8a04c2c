import type { Clock, Finding, FindingSource, HealthReport } from "../domain/ports.ts";
import { limitedRead, NoAnswer } from "../lib/limited-read.ts";
import { fixOf } from "./background.ts";

/** By the name that is told when it cannot say what is wrong with it; in the order in which problems are told. */
export type NamedSources = readonly (readonly [name: string, source: FindingSource])[];

/**
 * Fit for traffic, and everything that is wrong, those that stop traffic first. Whatever a component does, the report is there within a
 * second, as probes want it.
 */
export function healthReport(sources: NamedSources, clock: Pick<Clock, "now">): () => Promise<HealthReport> {
  const watched = sources.map(([name, source]) => new WatchedSource(name, source, clock));
  return async function report() {
    const findings = (await Promise.all(watched.map((each) => each.findings()))).flat();
    const unready = findings.filter(({ severity }) => severity === "unready");
    const degraded = findings.filter(({ severity }) => severity === "degraded");
    return { ready: unready.length === 0, findings: [...unready, ...degraded] };
  };
}

/** A component that may be unable to say what is wrong with it, which is a finding of its own until it can. */
class WatchedSource {
  readonly #name: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #read: () => Promise<readonly Finding[]>;
  /** Since when it has not answered; null: its last answer was in time. */
  #since: number | null = null;
  /** With what its last answer failed; null: it did not. */
  #failure: unknown = null;

  constructor(name: string, source: FindingSource, clock: Pick<Clock, "now">) {
    this.#name = name;
    this.#clock = clock;
    this.#read = limitedRead(() => this.#ask(source));
  }

  async findings(): Promise<readonly Finding[]> {
    const asked = this.#clock.now();
    try {
      return await this.#read();
    } catch (failure) {
      this.#since ??= asked;
      return [this.#unanswered(failure, this.#since)];
    }
  }

  /** Its end counts also where nobody has waited for it so long. */
  async #ask(source: FindingSource): Promise<readonly Finding[]> {
    try {
      const findings = await source.findings();
      this.#since = this.#failure = null;
      return findings;
    } catch (failure) {
      this.#failure = failure;
      throw failure;
    }
  }

  /** An answer that is late is no reason yet to take traffic away; one that has failed is, until there is one. */
  #unanswered(failure: unknown, since: number): Finding {
    const known = this.#failure ?? failure;
    const why = known instanceof Error ? known.message : String(known);
    return {
      name: `health-${this.#name}`,
      problem: `what is wrong with ${this.#name} cannot be found out since ${new Date(since).toISOString()}: ${why}`,
      fix: fixOf(known) ?? "look at the store and the way to it; it is asked again by itself",
      severity: known instanceof NoAnswer ? "degraded" : "unready",
    };
  }
}
