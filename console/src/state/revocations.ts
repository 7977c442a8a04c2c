import { computed, signal } from "@preact/signals";
import { get } from "../api/client.ts";
import type { Revocation, Timed } from "../api/types.ts";

const everyMs = 30_000;

/** Revocations, newest first; null when they are not loaded or not allowed. */
export const revocations = signal<readonly Revocation[] | null>(null);

/** The revocation of the kill switch; null when it is off. */
export const stopped = computed(() => revocations.value?.find(({ kind }) => kind === "gateway") ?? null);

/** @throws ApiProblem */
export async function loadRevocations(passive: boolean): Promise<void> {
  const { items } = await get<Timed<{ items: Revocation[] }>>("/api/revocations", { passive });
  revocations.value = items.toReversed();
}

/** Polls the revocations, since another person may use the kill switch. Returns a function that stops it. */
export function watchRevocations(): () => void {
  const look = (): void => {
    if (document.visibilityState === "visible") void loadRevocations(true).catch(() => null);
  };
  look();
  const timer = setInterval(look, everyMs);
  return () => clearInterval(timer);
}
