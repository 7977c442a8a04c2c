import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { messageOf, post } from "../api/client.ts";
import type { SessionView } from "../api/types.ts";
import { signedIn } from "../state/session.ts";

/** `focus`: the name field gets the focus. */
export function useSignIn(focus: boolean) {
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  useEffect(() => {
    if (focus) user.current?.focus();
  }, []);

  async function signIn(event: TargetedEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    busy.value = true;
    const credentials = { user: user.current?.value ?? "", password: password.current?.value ?? "" };
    try {
      signedIn(await post<SessionView>("/api/login", credentials));
    } catch (thrown) {
      problem.value = messageOf(thrown);
      busy.value = false;
      password.current?.focus();
    }
  }

  return { user, password, problem, busy, signIn };
}
