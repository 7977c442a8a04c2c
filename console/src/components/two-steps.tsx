import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { messageOf } from "../api/client.ts";
import { Form, Problem } from "./form";

interface Step {
  /** What the form does, for screen readers. */
  readonly name: string;
  readonly field: string;
  /** What is said to whoever gives no reason. */
  readonly needed: string;
  readonly button: string;
  /** Sends the reason; what it rejects with is shown. */
  readonly send: (reason: string) => Promise<void>;
}

/** An act that cannot be taken back, in two steps with a reason, so that a stray click has no effect. */
export function TwoSteps({ open, ...step }: Step & { readonly open: string }) {
  const asking = useSignal(false);
  if (asking.value) return <Ask {...step} cancel={() => (asking.value = false)} />;
  return (
    <button type="button" class="deny" onClick={() => (asking.value = true)}>
      {open}
    </button>
  );
}

function Ask({ name, field, needed, button, send, cancel }: Step & { readonly cancel: () => void }) {
  const reason = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => reason.current?.focus(), []);

  async function submit(): Promise<void> {
    const said = reason.current?.value.trim() ?? "";
    if (said === "") {
      problem.value = needed;
      return reason.current?.focus();
    }
    try {
      await send(said);
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  return (
    <Form look="inline-form" name={name} submit={submit}>
      <label class="reason">
        Why
        <input ref={reason} name={field} maxLength={1000} autocomplete="off" />
      </label>
      <button type="submit" class="deny">
        {button}
      </button>
      <button type="button" class="plain" onClick={cancel}>
        Cancel
      </button>
      <Problem text={problem.value} />
    </Form>
  );
}
