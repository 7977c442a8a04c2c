import { Icon } from "../parts/icon.tsx";
import { useSignIn } from "./use-sign-in.ts";

export function LoginPage() {
  const { user, password, problem, busy, signIn } = useSignIn();
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
