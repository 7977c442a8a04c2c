import { decide, judgeResult, visible } from "../decide/decide.ts";
import type { PolicyInput } from "../domain/policy-input.ts";
import type { ReplayReport } from "../domain/policy-change.ts";
import type { ActivePolicy, Entrypoint } from "../domain/ports.ts";
import { changeBetween } from "./change.ts";
import { type Finding, judgeRecord, type Judges } from "./judge-record.ts";
import type { ReadRecord } from "./recorded-call.ts";
import { addOne, mostFrequent, shown, Tally, type TallyLimits } from "./tally.ts";
import { type Verdict, verdictOf, verdictOfList, verdictOfResult } from "./verdict.ts";

export interface ReplayDeps extends Judges {
  readonly limits: TallyLimits;
}

/** A question with its name, such as a golden case. */
export interface NamedQuestion {
  readonly name: string;
  readonly entrypoint: Entrypoint;
  readonly input: PolicyInput;
}

/** Judges recorded decisions anew, one after another, and counts what has changed. */
export class Replay {
  readonly #deps: ReplayDeps;
  readonly #tally: Tally;
  readonly #not = { gateway: 0, noInput: 0, unknown: 0 };
  readonly #places = new Map<string, number>();
  readonly #asRecorded = new Map<string, number>();
  #decisions = 0;

  constructor(deps: ReplayDeps) {
    this.#deps = deps;
    this.#tally = new Tally(deps.limits);
  }

  get decisions(): number {
    return this.#decisions;
  }

  /** A record of the log; one that is no decision is passed over. */
  add(logged: ReadRecord): void {
    const finding = judgeRecord(this.#deps, logged);
    if (finding !== null) this.take(finding);
  }

  /** What judging a decision has found, in the order of the log: which examples are kept depends on it. */
  take(finding: Finding): void {
    this.#decisions += 1;
    switch (finding.kind) {
      case "gateway":
      case "noInput":
        this.#not[finding.kind] += 1;
        return;
      case "unknown":
        this.#not.unknown += 1;
        for (const place of finding.places) addOne(this.#places, place);
        return;
      case "compared":
        for (const part of finding.asRecorded) addOne(this.#asRecorded, part);
        if (finding.difference === null) this.#tally.addSame();
        else this.#tally.add(finding.difference);
    }
  }

  report(): ReplayReport {
    const { gateway, noInput, unknown } = this.#not;
    const total = gateway + noInput + unknown;
    const { same, changed, widened } = this.#tally;
    return {
      decisions: this.#decisions,
      compared: this.#decisions - total,
      same,
      changed,
      widened,
      kinds: this.#tally.kinds(),
      notCompared: { total, gateway, noInput, places: mostFrequent(this.#places) },
      asRecorded: mostFrequent(this.#asRecorded),
    };
  }
}

/** Asks two policies the same questions as they stand. */
export function compareQuestions(
  { before, after }: { readonly before: ActivePolicy; readonly after: ActivePolicy },
  questions: readonly NamedQuestion[],
  limits: TallyLimits,
): Tally {
  const tally = new Tally(limits);
  for (const question of questions) {
    const [old, now] = [answer(before, question), answer(after, question)];
    const change = changeBetween(old, now);
    const { subject, resource } = question.input.document;
    const about = { of: question.name, at: null, tool: textOf(resource["id"]), subject: textOf(subject["id"]) };
    if (change === null) tally.addSame();
    else tally.add({ ...about, change, before: shown(old), after: shown(now) });
  }
  return tally;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "–";
}

function answer(policy: ActivePolicy, { entrypoint, input }: NamedQuestion): Verdict {
  if (entrypoint === "visible") return verdictOfList(visible(policy, input));
  if (entrypoint === "result") return verdictOfResult(judgeResult(policy, input));
  return verdictOf(decide(policy, input));
}
