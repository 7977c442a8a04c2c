import type { FindKinds } from "../domain/detections.ts";
import type { Difference } from "../domain/policy-change.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import { changeBetween } from "./change.ts";
import { type Answer, judgedAnew } from "./judge-anew.ts";
import { type ReadRecord, recordedCall, type RecordedCall, type RecordedInput } from "./recorded-call.ts";
import { shown } from "./tally.ts";
import type { Verdict } from "./verdict.ts";

export interface Judges {
  /** Whose answers the new ones are compared with; null: with those that were recorded. */
  readonly before: ActivePolicy | null;
  readonly after: ActivePolicy;
  readonly find: FindKinds;
}

/** What judging one recorded decision anew has found: plain data, which threads can send. */
export type Finding =
  /** The gateway refused by itself, or nothing of the input was kept. */
  | { readonly kind: "gateway" | "noInput" }
  /** It was not compared, for what nobody can know in these places. */
  | { readonly kind: "unknown"; readonly places: readonly string[] }
  /** `asRecorded`: parts of the input that were read as they were recorded. */
  | { readonly kind: "compared"; readonly asRecorded: readonly string[]; readonly difference: Difference | null };

/** Null for a record that is no decision. */
export function judgeRecord(judges: Judges, logged: ReadRecord): Finding | null {
  const call = recordedCall(logged);
  if (call === null) return null;
  const { said, input } = call;
  if (said === null) return { kind: "gateway" };
  if (input === null) return { kind: "noInput" };
  return compared(judges, call, { said, input });
}

function compared(
  { before, after, find }: Judges,
  call: RecordedCall,
  { said, input }: { readonly said: Verdict; readonly input: RecordedInput },
): Finding {
  const judge = (policy: ActivePolicy): Answer => judgedAnew(policy, { input, leftOut: call.leftOut }, find);
  const old = before === null ? recordedAnswer(said) : judge(before);
  const now = judge(after);
  const unknown = new Set([...old.unknown, ...now.unknown]);
  // What the log says of the answer is not all that the policy said.
  if (before === null && call.isAnswerMasked) unknown.add("/result");
  if (unknown.size > 0) return { kind: "unknown", places: [...unknown] };
  const asRecorded = [...new Set([...old.asRecorded, ...now.asRecorded])];
  const change = changeBetween(old.verdict, now.verdict);
  if (change === null) return { kind: "compared", asRecorded, difference: null };
  const { id, at, tool, subject } = call;
  const about = { of: id, at, tool, subject, change };
  return {
    kind: "compared",
    asRecorded,
    difference: { ...about, before: shown(old.verdict), after: shown(now.verdict) },
  };
}

const none: ReadonlySet<string> = new Set();

function recordedAnswer(verdict: Verdict): Answer {
  return { verdict, unknown: none, asRecorded: none };
}
