import { useSignal } from "@preact/signals";
import { messageOf, post } from "../api/client";
import { session, signedOut, signOutAt } from "../state/session";
import { Problem } from "./form.tsx";

export function SignOut() {
  const problem = useSignal<string | null>(null);

  /** Signs out of the console; the next page offers to sign out at the provider too. A failure is reported. */
  async function signOut(): Promise<void> {
    problem.value = null;
    try {
      const answer = await post<{ sign_out_at: string } | null>("/api/logout", {});
      signOutAt.value = answer?.sign_out_at ?? null;
      signedOut();
    } catch (thrown) {
      // When the session had already ended, the client has cleared it.
      if (session.value !== null) problem.value = `You are still signed in. ${messageOf(thrown)}`;
    }
  }
  return (
    <>
      <button type="button" class="plain" onClick={() => void signOut()}>
        Sign out
      </button>
      {problem.value === null ? null : <Problem text={problem.value} />}
    </>
  );
}
