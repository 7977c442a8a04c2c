import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { RevocationKind } from "../../api/types.ts";
import { rows } from "../../state/inbox.ts";
import { isSuspicious } from "../../text/hostile-text.ts";
import { useRevoke } from "../../state/use-revoke.ts";

const kinds = [
  ["subject", "Agent", "the agent's id, as its token names it"],
  ["session", "Session", "the session's id"],
  ["task", "Task", "the task's id"],
] as const satisfies readonly (readonly [RevocationKind, string, string])[];

/** Agents of the calls in the inbox, to choose from; none whose name shows something else than it is. */
function knownAgents(): string[] {
  return [...new Set(rows.value.map(({ agent }) => agent))].filter((id) => !isSuspicious(id));
}

/** Ends the access of one agent, one session or one task. */
export function EndForm() {
  const kind = useSignal<(typeof kinds)[number][0]>("subject");
  const form = useRef<HTMLFormElement>(null);
  const { problem, busy, done, end } = useRevoke();
  const hint = kinds.find(([name]) => name === kind.value)?.[2] ?? "";

  async function submit(): Promise<void> {
    const given = new FormData(form.current ?? undefined);
    const text = (name: string): string => String(given.get(name) ?? "").trim();
    const issuer = kind.value === "task" || text("issuer") === "" ? {} : { issuer: text("issuer") };
    const ended = await end({ kind: kind.value, target: text("target"), ...issuer, reason: text("reason") });
    if (ended) form.current?.reset();
  }

  return (
    <section aria-labelledby="end-one">
      <h2 id="end-one">End access</h2>
      <form
        ref={form}
        class="stack-form"
        aria-labelledby="end-one"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label>
          Of
          <select
            value={kind.value}
            onChange={({ currentTarget }) => (kind.value = currentTarget.value as typeof kind.value)}
          >
            {kinds.map(([name, word]) => (
              <option key={name} value={name}>
                {word}
              </option>
            ))}
          </select>
        </label>
        <label>
          Id
          <input
            name="target"
            list="known-ids"
            required
            maxLength={500}
            placeholder={hint}
            autocapitalize="off"
            spellcheck={false}
          />
          <datalist id="known-ids">
            {kind.value === "subject" ? knownAgents().map((id) => <option key={id} value={id} />) : null}
          </datalist>
        </label>
        {kind.value === "task" ? null : (
          <label>
            <span>
              Issuer <span class="quiet">(empty: of any)</span>
            </span>
            <input name="issuer" maxLength={500} autocapitalize="off" spellcheck={false} />
          </label>
        )}
        <label>
          Why
          <input name="reason" required maxLength={1000} autocomplete="off" />
        </label>
        <button type="submit" class="deny" disabled={busy.value}>
          End access
        </button>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <p role="status">{done.value}</p>
      </form>
    </section>
  );
}
