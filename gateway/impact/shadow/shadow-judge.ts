import type { FindKinds } from "../../domain/detections.ts";
import type { ActivePolicy, Clock } from "../../domain/ports.ts";
import { changeBetween } from "../change.ts";
import { inputOfText } from "../recorded-call.ts";
import { judgedAnew } from "../judge-anew.ts";
import { shown } from "../tally.ts";
import type { Judged, ShadowCall } from "./shadow-messages.ts";

export interface ShadowJudgeDeps {
  /** Null while there is none. */
  readonly candidate: () => ActivePolicy | null;
  readonly find: FindKinds;
  readonly clock: Pick<Clock, "monotonic">;
  /** Of one processor core, from above 0 to 1. */
  readonly cpuShare: number;
  readonly tell: (judged: readonly Judged[]) => void;
  /** Resolves after so many milliseconds. */
  readonly rest: (ms: number) => Promise<unknown>;
}

/** Milliseconds of judging between two rests. */
const TURN_MS = 5;

/** Judges calls by the candidate, one after another, and rests so long that its share of a core is not exceeded. */
export class ShadowJudge {
  readonly #deps: ShadowJudgeDeps;
  readonly #queue: ShadowCall[] = [];
  #running: Promise<void> | null = null;

  constructor(deps: ShadowJudgeDeps) {
    this.#deps = deps;
  }

  add(calls: readonly ShadowCall[]): void {
    this.#queue.push(...calls);
    this.#running ??= this.#judgeAll().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #judgeAll(): Promise<void> {
    const { clock, cpuShare, tell, rest } = this.#deps;
    while (this.#queue.length > 0) {
      const began = clock.monotonic();
      const judged: Judged[] = [];
      let took = 0;
      for (let call = this.#queue.shift(); call !== undefined; call = this.#queue.shift()) {
        judged.push(this.#judge(call));
        took = clock.monotonic() - began;
        if (took >= TURN_MS) break;
      }
      tell(judged);
      await rest(took * (1 / cpuShare - 1));
    }
  }

  #judge({ id, at, tool, subject, said, revision, text, leftOut }: ShadowCall): Judged {
    const policy = this.#deps.candidate();
    const about = { against: revision, candidate: policy?.revision ?? null };
    if (policy === null) return { ...about, difference: null, unknown: [], asRecorded: [] };
    const answer = judgedAnew(policy, { input: inputOfText(text), leftOut }, this.#deps.find, id);
    const unknown = [...answer.unknown];
    const change = unknown.length > 0 ? null : changeBetween(said, answer.verdict);
    const [before, after] = [shown(said), shown(answer.verdict)];
    const difference = change === null ? null : { of: id, at, tool, subject, change, before, after };
    return { ...about, difference, unknown, asRecorded: [...answer.asRecorded] };
  }
}
