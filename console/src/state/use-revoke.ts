import { useSignal } from "@preact/signals";
import { messageOf, post } from "../api/client.ts";
import type { Revocation, RevocationKind } from "../api/types.ts";
import { loadRevocations } from "./stopped.ts";

export interface EndRequest {
  readonly kind: RevocationKind;
  readonly issuer?: string | null;
  readonly target?: string;
  readonly reason: string;
}

/** Ends access, and gives it back; keeps what the gateway said. */
export function useRevoke() {
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const done = useSignal<string | null>(null);

  async function attempt(work: () => Promise<unknown>, said: string): Promise<boolean> {
    problem.value = null;
    done.value = null;
    busy.value = true;
    try {
      await work();
      await loadRevocations(false).catch(() => null);
      done.value = said;
      return true;
    } catch (thrown) {
      problem.value = messageOf(thrown);
      return false;
    } finally {
      busy.value = false;
    }
  }

  return {
    ...{ problem, busy, done },
    async end(request: EndRequest): Promise<boolean> {
      if (request.reason.trim() !== "")
        return attempt(() => post<Revocation>("/api/revocations", request), "Access has ended, from the next call on.");
      problem.value = "Say why: it is kept, and shown to whoever looks for the cause.";
      return false;
    },
    lift: (id: string) =>
      attempt(() => post<null>(`/api/revocations/${encodeURIComponent(id)}/lift`, {}), "Access is given back."),
  };
}
