import { useSignIn } from "./use-sign-in.ts";

/** `first`: the password is the main sign-in method. */
export function PasswordForm({ first }: { readonly first: boolean }) {
  const { user, password, problem, busy, signIn } = useSignIn(first);
  return (
    <form onSubmit={(event) => void signIn(event)} aria-label="Sign in">
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
      <button type="submit" class={first ? "primary" : ""} disabled={busy.value}>
        {busy.value ? "Signing in…" : "Sign in"}
      </button>
      <p class="quiet small">
        Your first password was printed once, by the gateway, at its first start after you were added.
      </p>
    </form>
  );
}
