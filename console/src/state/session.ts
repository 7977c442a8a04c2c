import { signal } from "@preact/signals";
import type { SessionView } from "../api/types.ts";
import { drafts } from "./drafts.ts";

/** undefined: not loaded yet. null: not signed in. */
export const session = signal<SessionView | null | undefined>(undefined);

/** The session ended without its person having signed out. */
export const hasEnded = signal(false);

export function signedIn(view: SessionView): void {
  drafts.writtenBy(view.user);
  hasEnded.value = false;
  session.value = view;
}

/** There is no session, or none any more. */
export function sessionOver(): void {
  if (session.value !== null && session.value !== undefined) hasEnded.value = true;
  session.value = null;
}

/** The person has signed out. */
export function signedOut(): void {
  drafts.clear();
  hasEnded.value = false;
  session.value = null;
}

/** URL at which the session at the provider can be ended after a sign-out; null when there is none. */
export const signOutAt = signal<string | null>(null);
