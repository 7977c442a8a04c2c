import type { ServedBundle } from "../domain/bundle-service.ts";

const firstMs = 100;
const factor = 1.6;
const jitter = 0.2;

/**
 * The pause after a failure, as OPA's `util.DefaultBackoff` has it: none after the first, then 160 ms, growing by 1.6 up to `maxMs`, each up to
 * a fifth shorter or longer. `retries`: failures before this one since the last success; `random`: a number from 0 to 1.
 */
export function backoffMs(retries: number, maxMs: number, random: () => number): number {
  if (retries === 0) return 0;
  return Math.min(firstMs * factor ** retries, maxMs) * (1 + jitter * (random() * 2 - 1));
}

/** The pause after a success without long polling, uniform between the limits. */
export function pollMs({ minMs, maxMs }: ServedBundle["polling"], random: () => number): number {
  return minMs + (maxMs - minMs) * random();
}
