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
  { message, lease, heldSince: takenAt }: Pick<LeasedMessage, "message" | "lease" | "heldSince">,
  { leaseMs, renewEveryMs, stopAfterMs }: LeaseTimes = leaseTimes,
): HeldLease {
  const lost = new AbortController();
  let isOver = false;
  let heldSince = takenAt;
  let stop = stopInTime();
  /** Between two renewals as well: what is left of the time is for clocks that differ. */
  function stopInTime(): NodeJS.Timeout {
    return setTimeout(() => lost.abort(), stopAfterMs - (clock.monotonic() - heldSince)).unref();
  }
  async function renew(): Promise<void> {
    const began = clock.monotonic();
    if (began - heldSince >= stopAfterMs) return lost.abort();
    const isHeld = await outbox.renew(message.id, lease, clock.now() + leaseMs).catch(() => null);
    if (isHeld === false) lost.abort();
    if (isHeld !== true || began <= heldSince || isOver) return;
    heldSince = began;
    clearTimeout(stop);
    stop = stopInTime();
  }
  // Never rejects.
  const timer = setInterval(() => void renew(), renewEveryMs).unref();
  return {
    lost: lost.signal,
    end() {
      isOver = true;
      clearInterval(timer);
      clearTimeout(stop);
    },
  };
}
