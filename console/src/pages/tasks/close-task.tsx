import { post } from "../../api/client.ts";
import type { ClosedTask, LeaseView } from "../../api/types.ts";
import { TwoSteps } from "../../components/two-steps";
import { elsewhereTexts, endedText } from "../../text/endings.ts";

interface Props {
  readonly task: LeaseView;
  /** Is told what ended with it. */
  readonly closed: (said: string) => void;
}

/** Ends a task; callers are told the reason. */
export function CloseTask({ task, closed }: Props) {
  return (
    <TwoSteps
      open="Close the task…"
      name="Close the task"
      field="close-reason"
      needed="Say why: callers of the task are told."
      button="Close, and cut what is under way"
      send={async (reason) =>
        closed(closedText(await post<ClosedTask>(`/api/tasks/${encodeURIComponent(task.id)}/close`, { reason })))
      }
    />
  );
}

function closedText({ durable, cut }: ClosedTask): string {
  const ended = cut === null ? "not all of it yet" : endedText(cut);
  const elsewhere = elsewhereTexts(durable, cut ?? { unanswered: 0 });
  return ["The task is closed.", `Ended with it: ${ended}.`, ...elsewhere].join(" ");
}
