import type { ProvenanceFacts } from "../domain/provenance.ts";
import type { ProvenanceLedger, ProvenanceQuestion, TaskTexts } from "../domain/ports.ts";
import { taskTextKey } from "../domain/session-key.ts";
import { type SaidTaskText, withTaskText } from "../domain/task-text.ts";

export interface TraceDeps {
  readonly provenance: Pick<ProvenanceLedger, "trace">;
  readonly taskTexts: Pick<TaskTexts, "of">;
}

/**
 * Where the values of a call come from; asked only for a policy that reads it. The call is judged with what it adds to the text of
 * its task itself (`said`), which is kept once the decision about it is recorded.
 */
export async function trace(
  { provenance, taskTexts }: TraceDeps,
  said: SaidTaskText | null,
  about: Omit<ProvenanceQuestion, "taskTexts">,
): Promise<ProvenanceFacts> {
  const { subject, session, now } = about;
  const kept = await taskTexts.of(taskTextKey(subject, session), now);
  const added = said === null ? kept : withTaskText(kept, said.text).texts;
  return provenance.trace({ ...about, taskTexts: subject.taskText === null ? added : [subject.taskText, ...added] });
}
