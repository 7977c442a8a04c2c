import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { messageOf, post } from "../../api/client.ts";
import type { ClosedTask, LeaseView } from "../../api/types.ts";
import { Form, Problem } from "../../components/form";
import { elsewhereTexts, endedText } from "../../text/endings.ts";

interface Props {
  readonly task: LeaseView;
  /** Is told what ended with it. */
  readonly closed: (said: string) => void;
}

/** Ends a task in two steps, so that a stray click has no effect; callers are told the reason. */
export function CloseTask({ task, closed }: Props) {
  const asking = useSignal(false);
  if (asking.value) return <Ask task={task} closed={closed} cancel={() => (asking.value = false)} />;
  return (
    <button type="button" class="deny" onClick={() => (asking.value = true)}>
      Close the task…
    </button>
  );
}

function Ask({ task, closed, cancel }: Props & { readonly cancel: () => void }) {
  const reason = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => reason.current?.focus(), []);

  async function close(): Promise<void> {
    try {
      const body = { reason: reason.current?.value.trim() ?? "" };
      const { durable, cut } = await post<ClosedTask>(`/api/tasks/${encodeURIComponent(task.id)}/close`, body);
      const ended = cut === null ? "not all of it yet" : endedText(cut);
      closed(
        ["The task is closed.", `Ended with it: ${ended}.`, ...elsewhereTexts(durable, cut ?? { unanswered: 0 })].join(
          " ",
        ),
      );
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  return (
    <Form look="inline-form" name="Close the task" submit={close}>
      <label class="reason">
        Why
        <input ref={reason} name="close-reason" required maxLength={1000} autocomplete="off" />
      </label>
      <button type="submit" class="deny">
        Close, and cut what is under way
      </button>
      <button type="button" class="plain" onClick={cancel}>
        Cancel
      </button>
      <Problem text={problem.value} />
    </Form>
  );
}
