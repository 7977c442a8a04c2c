import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, messageOf } from "../api/client.ts";
import type { LoginOffer } from "../api/types.ts";
import { Icon } from "../components/icon";
import { Failed, Loading } from "../components/notice";
import { drafts } from "../state/drafts.ts";
import { hasEnded, signOutAt } from "../state/session.ts";
import { PasswordForm } from "./password-form.tsx";
import { ProviderButton } from "./provider-button.tsx";

/** Sign-in with the configured methods: the provider, a password, or both. */
export function LoginPage() {
  const offer = useSignal<LoginOffer | null>(null);
  const problem = useSignal<string | null>(null);
  async function load(): Promise<void> {
    problem.value = null;
    try {
      offer.value = await get<LoginOffer>("/api/login");
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }
  useEffect(() => void load(), []);
  if (problem.value !== null) return <Failed message={problem.value} retry={() => void load()} />;
  if (offer.value === null) return <Loading what="the ways to sign in" />;
  const { passwords, provider, origin } = offer.value;
  return (
    <main class="login">
      <div class="login-box">
        <h1>
          <Icon name="gate" /> Sallyport
        </h1>
        <p class="quiet">Sign in to decide about held calls.</p>
        <EndedNote />
        <ProviderSessionNote label={provider?.label ?? "the provider"} />
        {provider === null ? null : <ProviderButton label={provider.label} origin={origin} />}
        {provider !== null && passwords ? <p class="or quiet small">or with a password of this gateway</p> : null}
        {passwords ? <PasswordForm first={provider === null} /> : null}
        {provider === null && !passwords ? (
          <p class="problem">Nobody can sign in: the configuration names no users and no provider.</p>
        ) : null}
      </div>
    </main>
  );
}

function EndedNote() {
  if (!hasEnded.value) return null;
  return (
    <p class="still-there" role="alert">
      Your session has ended.
      {drafts.isEmpty ? "" : " What you were writing was not sent. It is kept in this page until you leave it."}
    </p>
  );
}

/**
 * Note after a sign-out: the session at the provider still exists, so the next user of this browser could sign in
 * without a password.
 */
function ProviderSessionNote({ label }: { readonly label: string }) {
  if (signOutAt.value === null) return null;
  return (
    <p class="still-there" role="status">
      You are signed out here, and may still be signed in at {label}. <a href={signOutAt.value}>Sign out there too</a>
    </p>
  );
}
