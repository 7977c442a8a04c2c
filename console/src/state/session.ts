import { signal } from "@preact/signals";
import type { SessionView } from "../api/types.ts";

/** undefined: not asked yet. null: nobody is signed in. */
export const session = signal<SessionView | null | undefined>(undefined);

export function signedIn(view: SessionView): void {
  session.value = view;
}

export function signedOut(): void {
  session.value = null;
}

/** Where the session at the provider can be ended too, after a sign-out here; null when there is none to end. */
export const signOutAt = signal<string | null>(null);
