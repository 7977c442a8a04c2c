import { createDispatcher } from "./dispatcher.ts";
import { startNotifier } from "./notifier.ts";
import type { PostRoom } from "./post-room.ts";

/** Letters of other processes, retries and escalations come due without anybody ringing. */
const lookEveryMs = 250;

export interface Post {
  /** Looks for due letters now and then from here on. */
  start(): void;
  /** Sends what is due, and what comes due by that, and returns when nothing is on its way. */
  run(): Promise<void>;
  /** Nothing new is sent; what is on its way is given a moment, then given back to be sent after the next start. */
  stop(graceMs?: number): Promise<void>;
}

/** The background of it all: no caller ever waits for it. */
export function openPost(room: PostRoom): Post {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  const wake = (): void => {
    if (timer !== null) setImmediate(() => dispatcher.dispatch());
  };
  const dispatcher = createDispatcher(room, stopping.signal, wake);
  const notifier = startNotifier(room, wake);
  const look = (): void => {
    notifier.flush();
    dispatcher.dispatch();
  };
  return {
    start() {
      timer = setInterval(look, lookEveryMs).unref();
      wake();
    },
    async run() {
      look();
      while (dispatcher.underWay().length > 0) {
        await Promise.all(dispatcher.underWay());
        look();
      }
    },
    async stop(graceMs = 2_000) {
      if (timer !== null) clearInterval(timer);
      timer = null;
      notifier.stop();
      const grace = setTimeout(() => stopping.abort(), graceMs);
      await Promise.all(dispatcher.underWay());
      clearTimeout(grace);
      stopping.abort();
    },
  };
}
