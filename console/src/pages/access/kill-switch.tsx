import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Icon } from "../../parts/icon.tsx";
import { stopped } from "../../state/stopped.ts";
import { useRevoke } from "../../state/use-revoke.ts";

/** Typed by hand before everything stops: no click in the wrong place does it. */
const word = "STOP";

/** Stops every call of every agent. */
export function KillSwitch() {
  const typed = useSignal("");
  const reason = useRef<HTMLInputElement>(null);
  const { problem, busy, end } = useRevoke();
  if (stopped.value !== null) return null;

  async function stop(): Promise<void> {
    if (await end({ kind: "gateway", reason: reason.current?.value ?? "" })) typed.value = "";
  }

  return (
    <section class="kill-switch" aria-labelledby="kill">
      <h2 id="kill">
        <Icon name="stop" /> Stop all calls
      </h2>
      <p>Every call of every agent is refused until somebody lifts this. Held and approved calls are cancelled.</p>
      <form
        class="stack-form"
        aria-labelledby="kill"
        onSubmit={(event) => {
          event.preventDefault();
          void stop();
        }}
      >
        <label>
          Why
          <input ref={reason} name="kill-reason" maxLength={1000} autocomplete="off" />
        </label>
        <label>
          <span>
            Type <strong>{word}</strong>
          </span>
          <input
            name="kill-word"
            value={typed.value}
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
          />
        </label>
        <button type="submit" class="danger" disabled={busy.value || typed.value !== word}>
          Stop all calls
        </button>
        <p class="problem" role="alert">
          {problem.value}
        </p>
      </form>
    </section>
  );
}
