import { deliver } from "./deliver.ts";
import type { Channel } from "./channel.ts";
import { type Notifier, startNotifier } from "./notifier.ts";
import type { PostRoom } from "./post-room.ts";

/** Letters of other processes, retries and escalations come due without anybody ringing. */
const lookEveryMs = 250;
/** Beyond the attempt's own limit, so that a lease only runs out when its holder is gone. */
const leaseSlackMs = 5_000;

export interface Post {
  /** Looks for due letters now and then from here on. */
  start(): void;
  /** Sends what is due, and what comes due by that, and returns when nothing is on its way. */
  run(): Promise<void>;
  /** Nothing new is sent; what is on its way is given a moment, then given back to be sent after the next start. */
  stop(graceMs?: number): Promise<void>;
}

/** The background of it all: no caller ever waits for it, and a channel that hangs holds up only itself. */
export function openPost(room: PostRoom): Post {
  const stopping = new AbortController();
  const under = new Map([...room.channels.keys()].map((name) => [name, new Set<Promise<void>>()]));
  const quietUntil = new Map<string, number>();
  let started = false;
  let timer: NodeJS.Timeout | undefined;

  function dispatch(): void {
    if (stopping.signal.aborted) return;
    for (const channel of room.channels.values()) {
      try {
        sendDue(channel);
      } catch (failure) {
        room.logger.error("channels: the outbox cannot be read", { error: String(failure) });
      }
    }
  }

  function sendDue(channel: Channel): void {
    const { office, outbox, limits } = room;
    const now = office.clock.now();
    const sending = under.get(channel.name) ?? new Set();
    const free = limits.concurrency - sending.size;
    if (free <= 0 || now < (quietUntil.get(channel.name) ?? 0)) return;
    const lease = office.ids.make("n");
    for (const letter of outbox.take(channel.name, now, now + limits.timeoutMs + leaseSlackMs, free, lease)) {
      const one: Promise<void> = deliver(room, { letter, channel, lease }, stopping.signal)
        .then((quietMs) => {
          if (quietMs > 0) quietUntil.set(channel.name, office.clock.now() + quietMs);
        })
        .catch((failure: unknown) =>
          room.logger.error("channels: what came of a message cannot be stored", { error: String(failure) }),
        )
        .finally(() => {
          sending.delete(one);
          if (started) dispatch();
        });
      sending.add(one);
    }
  }

  const wake = (): void => {
    if (started) setImmediate(dispatch);
  };
  const notifier: Notifier = startNotifier(room, wake);
  const onTheirWay = (): Promise<void>[] => [...under.values()].flatMap((sending) => [...sending]);

  return {
    start() {
      started = true;
      timer = setInterval(() => {
        notifier.flush();
        dispatch();
      }, lookEveryMs);
      timer.unref();
      wake();
    },
    async run() {
      for (let busy = true; busy;) {
        notifier.flush();
        dispatch();
        const sending = onTheirWay();
        busy = sending.length > 0;
        await Promise.all(sending);
      }
    },
    async stop(graceMs = 2_000) {
      started = false;
      clearInterval(timer);
      notifier.stop();
      const grace = setTimeout(() => stopping.abort(new Error("the gateway is stopping")), graceMs);
      await Promise.all(onTheirWay());
      clearTimeout(grace);
      stopping.abort();
    },
  };
}
