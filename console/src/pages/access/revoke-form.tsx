import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { RevocationKind } from "../../api/types.ts";
import { Form, Problem } from "../../components/form";
import { Text } from "../../components/text";
import { rows } from "../../state/inbox.ts";
import { type EndRequest, useRevoke } from "../../state/use-revoke.ts";
import { isSuspicious } from "../../text/hostile-text.ts";
import { kindWords, spans } from "./kinds.ts";

const choices = (Object.keys(kindWords) as RevocationKind[]).flatMap((kind) => {
  const { choice } = kindWords[kind];
  return choice === undefined ? [] : [{ kind, ...choice }];
});

/** Form that revokes access: of a caller, of a session, to a tool, and so on. */
export function RevokeForm() {
  const kind = useSignal<RevocationKind>("subject");
  const form = useRef<HTMLFormElement>(null);
  const { problem, unmatched, busy, done, end, look } = useRevoke();

  async function submit(): Promise<void> {
    if (!(await end(requestIn(form.current, kind.value)))) return;
    form.current?.reset();
    // The list shows its first line again.
    kind.value = "subject";
  }

  return (
    <section aria-labelledby="end-one">
      <h2 id="end-one">End access</h2>
      <Form look="stack-form" name={{ id: "end-one" }} form={form} submit={submit}>
        <Target kind={kind.value} choose={(next) => (kind.value = next)} />
        <label>
          How long
          <select name="span">
            {spans.map(([seconds, words]) => (
              <option key={seconds} value={seconds}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label>
          Why
          <input name="reason" required maxLength={1000} autocomplete="off" />
        </label>
        <div class="form-actions">
          <button type="submit" class="deny" disabled={busy.value}>
            End access
          </button>
          <button type="button" disabled={busy.value} onClick={() => void look(requestIn(form.current, kind.value))}>
            What would it end?
          </button>
        </div>
        <Problem text={problem.value} />
        {unmatched.value ? (
          <label>
            <span>
              <input type="checkbox" name="anyway" /> It is meant ahead of time
            </span>
          </label>
        ) : null}
        <p role="status">{done.value === null ? null : <Text>{done.value}</Text>}</p>
      </Form>
    </section>
  );
}

function requestIn(form: HTMLFormElement | null, kind: RevocationKind): EndRequest {
  const given = new FormData(form ?? undefined);
  const text = (name: string): string => String(given.get(name) ?? "").trim();
  return {
    kind,
    target: text("target"),
    reason: text("reason"),
    anyway: given.has("anyway"),
    ...(text("issuer") === "" ? {} : { issuer: text("issuer") }),
    ...(text("span") === "" ? {} : { for: Number(text("span")) }),
  };
}

function Target({ kind, choose }: { readonly kind: RevocationKind; readonly choose: (kind: RevocationKind) => void }) {
  const plain = { autocapitalize: "off", spellcheck: false } as const;
  return (
    <>
      <label>
        Of
        <select value={kind} onChange={({ currentTarget }) => choose(currentTarget.value as RevocationKind)}>
          {choices.map(({ kind: name, word }) => (
            <option key={name} value={name}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label>
        Name
        <input name="target" list="known-ids" required placeholder={kindWords[kind].choice?.hint} {...plain} />
        <datalist id="known-ids">
          {kind === "subject" ? knownAgents().map((id) => <option key={id} value={id} />) : null}
        </datalist>
      </label>
      {kindWords[kind].ofIssuer ? (
        <label>
          <span>
            Issuer <span class="quiet">(empty: of any)</span>
          </span>
          <input name="issuer" {...plain} />
        </label>
      ) : null}
    </>
  );
}

/** Agents of the calls in the inbox as suggestions, without deceptive names. */
function knownAgents(): string[] {
  return [...new Set(rows.value.map(({ agent }) => agent))].filter((id) => !isSuspicious(id));
}
