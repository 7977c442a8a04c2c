import { computed, signal } from "@preact/signals";
import { get } from "../api/client.ts";
import type { Revocation, Timed } from "../api/types.ts";

const everyMs = 30_000;

/** Ended access, newest first; null when it could not be read (not asked yet, or not allowed to). */
export const revocations = signal<readonly Revocation[] | null>(null);

/** The kill switch, when it is pulled. */
export const stopped = computed(() => revocations.value?.find(({ kind }) => kind === "gateway") ?? null);

/** @throws ApiProblem */
export async function loadRevocations(passive: boolean): Promise<void> {
  const { items } = await get<Timed<{ items: Revocation[] }>>("/api/revocations", { passive });
  revocations.value = items.toReversed();
}

/** Looks now and then whether everything is stopped: somebody else may have done it. Returns how to end. */
export function watchStopped(): () => void {
  const look = (): void => {
    if (document.visibilityState === "visible") void loadRevocations(true).catch(() => null);
  };
  look();
  const timer = setInterval(look, everyMs);
  return () => clearInterval(timer);
}
