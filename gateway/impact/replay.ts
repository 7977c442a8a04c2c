import { decide, judgeResult, visible } from "../decide/decide.ts";
import type { FindKinds } from "../domain/detections.ts";
import type { PolicyInput } from "../domain/policy-input.ts";
import type { ReplayReport } from "../domain/policy-change.ts";
import type { ActivePolicy, Entrypoint } from "../domain/ports.ts";
import { changeBetween } from "./change.ts";
import { type Answer, judgedAnew } from "./judge-anew.ts";
import { type ReadRecord, recordedCall, type RecordedCall, type RecordedInput } from "./recorded-call.ts";
import { addOne, mostFrequent, shown, Tally, type TallyLimits } from "./tally.ts";
import { type Verdict, verdictOf, verdictOfList, verdictOfResult } from "./verdict.ts";

export interface ReplayDeps {
  /** Whose answers the new ones are compared with; null: with those that were recorded. */
  readonly before: ActivePolicy | null;
  readonly after: ActivePolicy;
  readonly find: FindKinds;
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
    const call = recordedCall(logged);
    if (call === null) return;
    this.#decisions += 1;
    const { said, input } = call;
    if (said === null) this.#not.gateway += 1;
    else if (input === null) this.#not.noInput += 1;
    else this.#compare(call, { said, input });
  }

  report(): ReplayReport {
    const { gateway, noInput, unknown } = this.#not;
    const total = gateway + noInput + unknown;
    const { same, changed, widened } = this.#tally;
    return {
      decisions: this.#decisions,
      compared: this.#decisions - total,
      ...{ same, changed, widened },
      kinds: this.#tally.kinds(),
      notCompared: { total, gateway, noInput, places: mostFrequent(this.#places) },
      asRecorded: mostFrequent(this.#asRecorded),
    };
  }

  #compare(call: RecordedCall, { said, input }: { readonly said: Verdict; readonly input: RecordedInput }): void {
    const { before } = this.#deps;
    const old = before === null ? recordedAnswer(said) : this.#judge(before, call, input);
    const now = this.#judge(this.#deps.after, call, input);
    const unknown = new Set([...old.unknown, ...now.unknown]);
    // What the log says of the answer is not all that the policy said.
    if (before === null && call.isAnswerMasked) unknown.add("/result");
    if (unknown.size > 0) {
      this.#not.unknown += 1;
      for (const place of unknown) addOne(this.#places, place);
      return;
    }
    for (const part of new Set([...old.asRecorded, ...now.asRecorded])) addOne(this.#asRecorded, part);
    const change = changeBetween(old.verdict, now.verdict);
    if (change === null) return this.#tally.addSame();
    const { id, at, tool, subject } = call;
    this.#tally.add({ of: id, at, tool, subject, change, before: shown(old.verdict), after: shown(now.verdict) });
  }

  #judge(policy: ActivePolicy, { leftOut }: RecordedCall, input: RecordedInput): Answer {
    return judgedAnew(policy, { input, leftOut }, this.#deps.find);
  }
}

const none: ReadonlySet<string> = new Set();

function recordedAnswer(verdict: Verdict): Answer {
  return { verdict, unknown: none, asRecorded: none };
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
