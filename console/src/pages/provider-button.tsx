import { useSignal } from "@preact/signals";
import { messageOf, post } from "../api/client.ts";
import { signOutAt } from "../state/session.ts";

/**
 * Starts the sign-in at the provider. The provider redirects to the console's configured address, so the sign-in must
 * start there too.
 */
export function ProviderButton({ label, origin }: { readonly label: string; readonly origin: string }) {
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const here = location.pathname + location.search;

  async function go(): Promise<void> {
    busy.value = true;
    try {
      const answer = await post<{ location: string }>("/api/login/provider", { return_to: here });
      signOutAt.value = null;
      location.assign(answer.location);
    } catch (thrown) {
      problem.value = messageOf(thrown);
      busy.value = false;
    }
  }

  if (location.origin !== origin) {
    return (
      <p>
        Sign in with {label} at <a href={origin + here}>{origin}</a>, where it sends you back to.
      </p>
    );
  }
  return (
    <>
      <button type="button" class="primary" disabled={busy.value} onClick={() => void go()}>
        {busy.value ? `Going to ${label}…` : `Sign in with ${label}`}
      </button>
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </>
  );
}
