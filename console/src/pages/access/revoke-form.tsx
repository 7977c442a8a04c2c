import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { RevocationKind } from "../../api/types.ts";
import { Form, Problem } from "../../components/form";
import { rows } from "../../state/inbox.ts";
import { useRevoke } from "../../state/use-revoke.ts";
import { isSuspicious } from "../../text/hostile-text.ts";

const kinds = [
  ["subject", "Agent or person", "the id, as tokens name it"],
  ["session", "Session", "the session's id"],
] as const satisfies readonly (readonly [RevocationKind, string, string])[];

type Kind = (typeof kinds)[number][0];

/** Form that revokes the access of one agent or person, or of one session. */
export function RevokeForm() {
  const kind = useSignal<Kind>("subject");
  const form = useRef<HTMLFormElement>(null);
  const { problem, unmatched, busy, done, end } = useRevoke();

  async function submit(): Promise<void> {
    const given = new FormData(form.current ?? undefined);
    const text = (name: string): string => String(given.get(name) ?? "").trim();
    const issuer = text("issuer") === "" ? {} : { issuer: text("issuer") };
    const anyway = given.has("anyway");
    const ended = await end({ kind: kind.value, target: text("target"), ...issuer, reason: text("reason"), anyway });
    if (ended) form.current?.reset();
  }

  return (
    <section aria-labelledby="end-one">
      <h2 id="end-one">End access</h2>
      <Form look="stack-form" name={{ id: "end-one" }} form={form} submit={submit}>
        <Target kind={kind.value} choose={(next) => (kind.value = next)} />
        <label>
          Why
          <input name="reason" required maxLength={1000} autocomplete="off" />
        </label>
        <button type="submit" class="deny" disabled={busy.value}>
          End access
        </button>
        <Problem text={problem.value} />
        {unmatched.value ? (
          <label>
            <span>
              <input type="checkbox" name="anyway" /> It is meant ahead of time
            </span>
          </label>
        ) : null}
        <p role="status">{done.value}</p>
      </Form>
    </section>
  );
}

function Target({ kind, choose }: { readonly kind: Kind; readonly choose: (kind: Kind) => void }) {
  const plain = { maxLength: 500, autocapitalize: "off", spellcheck: false } as const;
  return (
    <>
      <label>
        Of
        <select value={kind} onChange={({ currentTarget }) => choose(currentTarget.value as Kind)}>
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
          placeholder={kinds.find(([name]) => name === kind)?.[2]}
          {...plain}
        />
        <datalist id="known-ids">
          {kind === "subject" ? knownAgents().map((id) => <option key={id} value={id} />) : null}
        </datalist>
      </label>
      <label>
        <span>
          Issuer <span class="quiet">(empty: of any)</span>
        </span>
        <input name="issuer" {...plain} />
      </label>
    </>
  );
}

/** Agents of the calls in the inbox as suggestions, without deceptive names. */
function knownAgents(): string[] {
  return [...new Set(rows.value.map(({ agent }) => agent))].filter((id) => !isSuspicious(id));
}
