import type { Clock, OutboxStore } from "../domain/ports.ts";
import type { LeasedMessage } from "./deliver.ts";

/** In milliseconds. */
export interface LeaseTimes {
  /** Others may take a message over so long after its holder was heard of last. */
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  /** A holder that could not renew its lease for so long stops; clocks of processes may differ by what is left. */
  readonly stopAfterMs: number;
}

export const leaseTimes: LeaseTimes = { leaseMs: 8_000, renewEveryMs: 2_000, stopAfterMs: 6_000 };

export interface HeldLease {
  /** Aborts when another may send the message: this process must not, or not any more. */
  readonly lost: AbortSignal;
  end(): void;
}

/** Holds a message for as long as it takes to send it, and no longer than its process can tell the others that it is at it. */
export function holdLease(
  { outbox, clock }: { readonly outbox: Pick<OutboxStore, "renew">; readonly clock: Clock },
  { message, lease }: Pick<LeasedMessage, "message" | "lease">,
  { leaseMs, renewEveryMs, stopAfterMs }: LeaseTimes = leaseTimes,
): HeldLease {
  const lost = new AbortController();
  let heldSince = clock.monotonic();
  async function renew(): Promise<void> {
    const began = clock.monotonic();
    if (began - heldSince >= stopAfterMs) return lost.abort();
    const isHeld = await outbox.renew(message.id, lease, clock.now() + leaseMs).catch(() => null);
    if (isHeld === false) lost.abort();
    if (isHeld === true) heldSince = Math.max(heldSince, began);
  }
  // Never rejects.
  const timer = setInterval(() => void renew(), renewEveryMs).unref();
  return { lost: lost.signal, end: () => clearInterval(timer) };
}
