import { signal } from "@preact/signals";
import type { SessionView } from "../api/types.ts";

/** undefined: not loaded yet. null: not signed in. */
export const session = signal<SessionView | null | undefined>(undefined);

export function signedIn(view: SessionView): void {
  session.value = view;
}

export function signedOut(): void {
  session.value = null;
}

/** URL at which the session at the provider can be ended after a sign-out; null when there is none. */
export const signOutAt = signal<string | null>(null);
