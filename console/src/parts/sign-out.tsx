import { useSignal } from "@preact/signals";
import { messageOf, post } from "../api/client.ts";
import { session, signedOut, signOutAt } from "../state/session.ts";
import { Problem } from "./form.tsx";

export function SignOut() {
  const problem = useSignal<string | null>(null);

  /** Here at once; at the provider only when the person says so on the next page. Who was not signed out stays so, and is told. */
  async function signOut(): Promise<void> {
    problem.value = null;
    try {
      const answer = await post<{ sign_out_at: string } | null>("/api/logout", {});
      signOutAt.value = answer?.sign_out_at ?? null;
      signedOut();
    } catch (thrown) {
      // A session that had ended before is over, too; the client has said so by now.
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
