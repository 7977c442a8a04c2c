import { decide } from "../decide/decide.ts";
import type { FindKinds } from "../domain/detections.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import { type Recomputed, recomputed } from "./recompute.ts";
import type { RecordedCall, RecordedInput } from "./recorded-call.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** What a policy says of a call of which the input was kept; it counts where nothing is unknown. */
export interface Answer extends Pick<Recomputed, "unknown" | "asRecorded"> {
  readonly verdict: Verdict;
}

/** The input of a call as its record keeps it. */
type KeptInput = Pick<RecordedCall, "leftOut"> & { readonly input: RecordedInput };

/** `id`: of the decision, which the log names beside what the policy prints. */
export function judgedAnew(policy: ActivePolicy, kept: KeptInput, find: FindKinds, id: string | null = null): Answer {
  const { input, unknown, asRecorded } = recomputed(kept, policy, find);
  return { verdict: verdictOf(decide(policy, input, id)), unknown, asRecorded };
}
