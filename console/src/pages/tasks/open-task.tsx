import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "wouter";
import { messageOf, post } from "../../api/client.ts";
import type { LeaseView } from "../../api/types.ts";
import { Form, Problem } from "../../components/form";
import { taskRequest } from "../../text/task-words.ts";

const plain = { autocapitalize: "off", spellcheck: false, autocomplete: "off" } as const;

const fields = [
  ["tools", "Tools", "payments/*", true],
  ["agents", "Agents", "refund-bot", true],
  ["targets", "Targets", "any", false],
  ["serves", "For", "nobody in particular", false],
  ["calls", "Calls", "any number", false],
  ["concurrent", "Calls at once", "any number", false],
  ["spend", "Spend", "EUR=120", false],
  ["time", "Time", "as configured, or such as 20m", false],
  ["issuer", "Issuer of the agents", "the only one", false],
] as const;

/** Opens a task; leads to its page. */
export function OpenTask() {
  const asking = useSignal(false);
  if (asking.value) return <Ask cancel={() => (asking.value = false)} />;
  return (
    <p>
      <button type="button" onClick={() => (asking.value = true)}>
        Open a task…
      </button>
    </p>
  );
}

function Ask({ cancel }: { readonly cancel: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const problem = useSignal<string | null>(null);
  const [, navigate] = useLocation();
  useEffect(() => form.current?.querySelector("input")?.focus(), []);

  async function open(): Promise<void> {
    const given = new FormData(form.current ?? undefined);
    try {
      const task = await post<LeaseView>("/api/tasks", taskRequest((name) => String(given.get(name) ?? "").trim())); // prettier-ignore
      navigate(`/tasks/${encodeURIComponent(task.id)}`);
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  return (
    <Form look="stack-form" name="Open a task" form={form} submit={open}>
      <label>
        Purpose
        <input name="purpose" required maxLength={512} autocomplete="off" />
      </label>
      {fields.map(([name, label, hint, required]) => (
        <label key={name}>
          {label}
          <input name={name} placeholder={hint} required={required} maxLength={2000} {...plain} />
        </label>
      ))}
      <p class="quiet">Tools, agents, targets and spend: several with a space between.</p>
      <div class="form-actions">
        <button type="submit">Open the task</button>
        <button type="button" class="plain" onClick={cancel}>
          Cancel
        </button>
      </div>
      <Problem text={problem.value} />
    </Form>
  );
}
