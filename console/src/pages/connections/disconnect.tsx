import { useSignal } from "@preact/signals";
import { messageOf, post } from "../../api/client.ts";
import type { ConnectedAccountRow } from "../../api/types.ts";

/** Disconnects in two steps, so that a stray click has no effect. */
export function Disconnect({ item, changed }: { readonly item: ConnectedAccountRow; readonly changed: () => void }) {
  const sure = useSignal(false);
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);

  async function disconnect(): Promise<void> {
    busy.value = true;
    try {
      await post(`/api/connected-accounts/${encodeURIComponent(item.name)}/disconnect`, {});
      sure.value = false;
      changed();
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    busy.value = false;
  }

  if (!sure.value) {
    return (
      <button type="button" class="deny" aria-label={`Disconnect ${item.label}`} onClick={() => (sure.value = true)}>
        {item.state === "ended" ? "Remove" : "Disconnect…"}
      </button>
    );
  }
  return (
    <div class="inline-form" role="group" aria-label={`Disconnect ${item.label}`}>
      <p>What agents do with it now is cut, their next call is refused, and the access is ended at {item.label} too.</p>
      <button type="button" onClick={() => (sure.value = false)}>
        Keep
      </button>
      <button type="button" class="deny" disabled={busy.value} onClick={() => void disconnect()}>
        Disconnect for good
      </button>
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </div>
  );
}
