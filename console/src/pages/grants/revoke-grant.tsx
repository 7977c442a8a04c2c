import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { messageOf, post } from "../../api/client.ts";
import type { GrantRow } from "../../api/types.ts";
import { Form, Problem } from "../../components/form";

/** Revokes a grant in two steps, so that a stray click has no effect; the reason is kept with the grant. */
export function RevokeGrant({ grant, revoked }: { readonly grant: GrantRow; readonly revoked: () => void }) {
  const asking = useSignal(false);
  if (asking.value) return <Ask grant={grant} revoked={revoked} cancel={() => (asking.value = false)} />;
  return (
    <button type="button" class="deny" onClick={() => (asking.value = true)}>
      Revoke…
    </button>
  );
}

interface AskProps {
  readonly grant: GrantRow;
  readonly revoked: () => void;
  readonly cancel: () => void;
}

function Ask({ grant, revoked, cancel }: AskProps) {
  const reason = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => reason.current?.focus(), []);

  async function revoke(): Promise<void> {
    const said = reason.current?.value.trim() ?? "";
    if (said === "") {
      problem.value = "Say why: it is kept with the grant.";
      return reason.current?.focus();
    }
    try {
      await post(`/api/grants/${encodeURIComponent(grant.id)}/revoke`, { reason: said });
      revoked();
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  return (
    <Form look="inline-form" name="Revoke the grant" submit={revoke}>
      <label class="reason">
        Why
        <input ref={reason} name="revoke-reason" maxLength={1000} autocomplete="off" />
      </label>
      <button type="submit" class="deny">
        Revoke, from the next call on
      </button>
      <button type="button" class="plain" onClick={cancel}>
        Cancel
      </button>
      <Problem text={problem.value} />
    </Form>
  );
}
