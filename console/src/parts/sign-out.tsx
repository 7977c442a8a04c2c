import { post } from "../api/client.ts";
import { signedOut, signOutAt } from "../state/session.ts";

export function SignOut() {
  return (
    <button type="button" class="plain" onClick={() => void signOut()}>
      Sign out
    </button>
  );
}

/** Here at once; at the provider only when the person says so on the next page. */
async function signOut(): Promise<void> {
  const answer = await post<{ sign_out_at: string } | null>("/api/logout", {}).catch(() => null);
  signOutAt.value = answer?.sign_out_at ?? null;
  signedOut();
}
