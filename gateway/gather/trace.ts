import type { Lease } from "../domain/lease.ts";
import type { ProvenanceFacts } from "../domain/provenance.ts";
import type { ProvenanceLedger, ProvenanceQuestion, SessionLedger, TaskTexts } from "../domain/ports.ts";
import { taskTextKey } from "../domain/session-key.ts";
import type { Subject } from "../domain/subject.ts";
import { maxTaskTextBytes, type SaidTaskText, withTaskText } from "../domain/task-text.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { after, all, type Awaitable } from "../lib/awaitable.ts";
import { oncePer } from "../lib/caches.ts";
import { type CutText, cutToBytes } from "../lib/cut-text.ts";

export interface TraceDeps {
  readonly provenance: Pick<ProvenanceLedger, "load" | "trace">;
  readonly taskTexts: Pick<TaskTexts, "of">;
}

/** Texts that say what the task is, beside the one in the caller's token. */
interface TextSources {
  /** What the call itself adds. */
  readonly added: SaidTaskText | null;
  readonly lease: Lease | null;
  /** What earlier requests of the run have added. */
  readonly addedBefore: readonly CutText[];
}

/** Reads what `trace` needs of the store, beside whatever else the call reads. @returns what was added in the run to the text of its task */
export function readForTrace(
  { provenance, taskTexts, sessions }: TraceDeps & { readonly sessions: Pick<SessionLedger, "named"> },
  call: ToolCall,
  subject: Subject,
  now: number,
): Awaitable<readonly CutText[]> {
  const named = sessions.named(subject, call);
  const reading = all([() => taskTexts.of(taskTextKey(subject, named), now), () => provenance.load(subject, named)]);
  return after(reading, ([texts]) => texts);
}

/**
 * Where the values of a call come from; asked only for a policy that reads it. The call is judged with what it adds to the text of
 * its task itself (`added`), which is kept once the decision about it is recorded.
 */
export function traceValues(
  { provenance }: Pick<TraceDeps, "provenance">,
  { added, lease, addedBefore }: TextSources,
  about: Omit<ProvenanceQuestion, "taskTexts">,
): Awaitable<ProvenanceFacts> {
  const { subject } = about;
  const inRun = added === null ? addedBefore : withTaskText(addedBefore, added.text).texts;
  const first = [...(subject.taskText === null ? [] : [subject.taskText]), ...(lease === null ? [] : [textOf(lease)])];
  return provenance.trace({ ...about, taskTexts: first.length === 0 ? inRun : [...first, ...inRun] });
}

/** Whoever opened the task has named all of this. One object for each task, as long as it is known. */
const textOf = oncePer(({ purpose, text, targets, serves }: Lease): CutText => {
  const lines = [text?.text ?? purpose, ...(targets ?? []), ...(serves === null ? [] : [serves])];
  return cutToBytes(lines.join("\n"), maxTaskTextBytes);
});
