import type { Channel } from "./channel.ts";
import { deliver, type Held } from "./deliver.ts";
import type { PostRoom } from "./post-room.ts";

/** Beyond the attempt's own limit, so that a lease only runs out when its holder is gone. */
const leaseSlackMs = 5_000;

export interface Dispatcher {
  /** Takes what is due, as far as channels have hands free, and sends it; returns at once. */
  dispatch(): void;
  /** What is on its way now. */
  underWay(): Promise<void>[];
}

/** Each channel has hands of its own, so that one that hangs holds up only itself. `onFree` is called when a hand is free again. */
export function createDispatcher(room: PostRoom, stopping: AbortSignal, onFree: () => void): Dispatcher {
  const { approvals, outbox, limits, logger, channels } = room;
  const hands = new Map([...channels.keys()].map((name) => [name, new Set<Promise<void>>()]));
  /** Monotonic milliseconds. */
  const quietUntil = new Map<string, number>();

  function sendDue(channel: Channel): void {
    const busy = hands.get(channel.name) ?? new Set();
    const now = approvals.clock.now();
    const free = limits.concurrency - busy.size;
    if (free <= 0 || approvals.clock.monotonic() < (quietUntil.get(channel.name) ?? 0)) return;
    const lease = approvals.ids.make("n");
    for (const letter of outbox.take(channel.name, now, now + limits.timeoutMs + leaseSlackMs, free, lease)) {
      const held = { letter, channel, lease };
      const one = attempt(room, held, stopping, quietUntil).finally(() => {
        busy.delete(one);
        onFree();
      });
      busy.add(one);
    }
  }

  return {
    dispatch() {
      if (stopping.aborted) return;
      try {
        for (const channel of channels.values()) sendDue(channel);
      } catch (failure) {
        logger.error("channels: the outbox cannot be read", { error: String(failure) });
      }
    },
    underWay: () => [...hands.values()].flatMap((busy) => [...busy]),
  };
}

async function attempt(
  room: PostRoom,
  held: Held,
  stopping: AbortSignal,
  quietUntil: Map<string, number>,
): Promise<void> {
  try {
    const quietMs = await deliver(room, held, stopping);
    if (quietMs > 0) quietUntil.set(held.channel.name, room.approvals.clock.monotonic() + quietMs);
  } catch (failure) {
    room.logger.error("channels: what came of a message cannot be stored", { error: String(failure) });
  }
}
