import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Form, Problem } from "../../components/form";
import { Icon } from "../../components/icon";
import { stopped } from "../../state/revocations";
import { useRevoke } from "../../state/use-revoke.ts";

/** Must be typed before everything stops, so that a stray click cannot do it. */
const word = "STOP";

/** Stops every call of every agent. */
export function KillSwitch() {
  if (stopped.value !== null) return null;
  return (
    <section class="kill-switch" aria-labelledby="kill">
      <h2 id="kill">
        <Icon name="stop" /> Stop all calls
      </h2>
      <p>
        Every call of every agent is refused until somebody lifts this. Held and approved calls are cancelled, and what
        is under way is cut: whether it was executed is then not known.
      </p>
      <StopForm />
    </section>
  );
}

function StopForm() {
  const typed = useSignal("");
  const reason = useRef<HTMLInputElement>(null);
  const { problem, busy, end } = useRevoke();
  return (
    <Form
      look="stack-form"
      name={{ id: "kill" }}
      submit={() => end({ kind: "gateway", reason: reason.current?.value ?? "" })}
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
      <Problem text={problem.value} />
    </Form>
  );
}
