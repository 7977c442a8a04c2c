import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { messageOf, post } from "../api/client.ts";
import type { SessionView } from "../api/types.ts";
import { Icon } from "../parts/icon.tsx";
import { signedIn } from "../state/session.ts";

export function LoginPage() {
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  useEffect(() => user.current?.focus(), []);

  async function signIn(event: TargetedEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    busy.value = true;
    try {
      signedIn(
        await post<SessionView>("/api/login", {
          user: user.current?.value ?? "",
          password: password.current?.value ?? "",
        }),
      );
    } catch (thrown) {
      problem.value = messageOf(thrown);
      busy.value = false;
      password.current?.focus();
    }
  }

  return (
    <main class="login">
      <form onSubmit={(event) => void signIn(event)} aria-label="Sign in">
        <h1>
          <Icon name="gate" /> Sallyport
        </h1>
        <p class="quiet">Sign in to decide about held calls.</p>
        <label>
          Name
          <input ref={user} name="user" autocomplete="username" autocapitalize="off" spellcheck={false} required />
        </label>
        <label>
          Password
          <input ref={password} name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <button type="submit" class="primary" disabled={busy.value}>
          {busy.value ? "Signing in…" : "Sign in"}
        </button>
        <p class="quiet small">The first password was printed once, when the gateway started for the first time.</p>
      </form>
    </main>
  );
}
