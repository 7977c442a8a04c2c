import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiProblem, get, messageOf, post } from "../../api/client.ts";
import { type CreationOptions, createPasskey } from "../../api/passkeys.ts";
import type { PasskeyRow } from "../../api/types.ts";

interface Listing {
  readonly items: readonly PasskeyRow[];
  /** Origins at which passkeys work. */
  readonly origins: readonly string[];
}

/** The passkeys of the signed-in person. `proving`: the name of a passkey to add after signing in again. */
export function usePasskeys() {
  const listing = useSignal<Listing | null>(null);
  const problem = useSignal<string | null>(null);
  const proving = useSignal<string | null>(null);
  const busy = useSignal(false);

  async function attempt(work: () => Promise<void>): Promise<void> {
    problem.value = null;
    busy.value = true;
    try {
      await work();
      listing.value = await get<Listing>("/api/passkeys");
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    busy.value = false;
  }

  async function add(label: string): Promise<void> {
    const options = await post<CreationOptions>("/api/passkeys/options", {}).catch((thrown: unknown) => {
      if (!(thrown instanceof ApiProblem) || thrown.code !== "step_up_required") throw thrown;
      return null;
    });
    proving.value = options === null ? label : null;
    if (options !== null) await post("/api/passkeys", { label, answer: await createPasskey(options) });
  }

  useEffect(() => void attempt(async () => undefined), []);
  return {
    listing,
    problem,
    proving,
    busy,
    add: (label: string) => attempt(() => add(label)),
    remove: (id: string) => attempt(() => post(`/api/passkeys/${encodeURIComponent(id)}/remove`, {})),
    reload: () => attempt(async () => undefined),
  };
}
