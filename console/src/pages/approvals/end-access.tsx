import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ApprovalCard } from "../../api/types.ts";
import { Text } from "../../parts/text.tsx";
import { useRevoke } from "../../state/use-revoke.ts";

/** Stops this agent, or only this run of it, from the card: what is held under it ends at once, this call included. */
export function EndAccess({ card }: { readonly card: ApprovalCard }) {
  const { subject, session, task } = card.approval.binding;
  const kind = useSignal<"session" | "subject" | "task">("session");
  const reason = useRef<HTMLInputElement>(null);
  const { problem, busy, done, end } = useRevoke();
  const targets = { session, subject: subject.id, task: task ?? "" };

  async function submit(): Promise<void> {
    const about = kind.value === "task" ? {} : { issuer: subject.issuer };
    await end({ kind: kind.value, target: targets[kind.value], ...about, reason: reason.current?.value ?? "" });
  }
  const kinds = task === null ? (["session", "subject"] as const) : (["session", "task", "subject"] as const);
  return (
    <details class="section end-access">
      <summary>End this agent's access</summary>
      <form
        aria-label="End access"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <fieldset class="choices">
          <legend>Of what</legend>
          {kinds.map((name) => (
            <label key={name}>
              <input type="radio" name="end" checked={kind.value === name} onChange={() => (kind.value = name)} />{" "}
              {words[name]}{" "}
              <code>
                <Text>{targets[name]}</Text>
              </code>
            </label>
          ))}
        </fieldset>
        <label class="reason">
          Why
          <input ref={reason} name="end-reason" maxLength={1000} autocomplete="off" />
        </label>
        <button type="submit" class="deny" disabled={busy.value}>
          End access
        </button>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <p role="status">{done.value}</p>
      </form>
    </details>
  );
}

const words = {
  session: "this session only:",
  task: "everything under this task:",
  subject: "the agent, whatever its session:",
} as const;
