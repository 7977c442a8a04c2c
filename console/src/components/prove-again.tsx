import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { messageOf, post } from "../api/client.ts";
import type { SessionView } from "../api/types.ts";
import { session, signedIn } from "../state/session.ts";

interface Props {
  /** The purpose, in the form of the API. */
  readonly purpose: object;
  /** Label of the button. */
  readonly action: string;
  readonly proven: () => void;
  readonly cancel: () => void;
  /** Called before the browser goes to the provider, to save what must be restored afterwards. */
  readonly leaving?: () => void;
}

/** Asks the person to authenticate again: with the password here, or with a new sign-in at the provider. */
export function ProveAgain(props: Props) {
  return session.value?.method === "oidc" ? <AtProvider {...props} /> : <WithPassword {...props} />;
}

function WithPassword({ purpose, action, proven, cancel }: Props) {
  const password = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  // The form is in a bar at the bottom; without `preventScroll` the page would scroll to its end.
  useEffect(() => password.current?.focus({ preventScroll: true }), []);

  async function prove(): Promise<void> {
    busy.value = true;
    try {
      const given = password.current?.value ?? "";
      signedIn(await post<SessionView>("/api/step-up", { for: purpose, password: given }));
      proven();
    } catch (thrown) {
      problem.value = messageOf(thrown);
      password.current?.select();
    }
    busy.value = false;
  }

  return (
    <div class="prove" role="group" aria-label="Prove again who you are">
      <label>
        Your password, once more
        <input
          ref={password}
          type="password"
          autocomplete="current-password"
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            void prove();
          }}
        />
      </label>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <Buttons label={action} busy={busy.value} act={() => void prove()} cancel={cancel} />
    </div>
  );
}

function AtProvider({ purpose, cancel, leaving }: Props) {
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);

  async function go(): Promise<void> {
    busy.value = true;
    try {
      const return_to = location.pathname + location.search;
      const there = await post<{ location: string }>("/api/step-up/provider", { for: purpose, return_to });
      leaving?.();
      location.assign(there.location);
    } catch (thrown) {
      problem.value = messageOf(thrown);
      busy.value = false;
    }
  }

  return (
    <div class="prove" role="group" aria-label="Prove again who you are">
      <p>Your provider asks once more who you are, and sends you back to this page.</p>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <Buttons label="Sign in again" busy={busy.value} act={() => void go()} cancel={cancel} />
    </div>
  );
}

/** The buttons of the prompt; also used for passkeys. */
export function Buttons(props: {
  readonly label: string;
  readonly busy: boolean;
  readonly act: () => void;
  readonly cancel: () => void;
}) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!(document.activeElement instanceof HTMLInputElement)) first.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="prove-buttons">
      <button type="button" onClick={props.cancel}>
        Cancel
      </button>
      <button type="button" ref={first} class="primary" disabled={props.busy} onClick={props.act}>
        {props.label}
      </button>
    </div>
  );
}
