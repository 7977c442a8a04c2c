import type { Ids, Logger, SignedPost } from "../domain/ports.ts";
import type { CallbackSender } from "./callbacks.ts";

export interface CallbackSenderOptions {
  readonly post: SignedPost;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Milliseconds before each attempt. Whoever misses all of them finds out by looking at the task. */
const attempts = [0, 5_000, 30_000, 120_000];

/** Tries again what may yet be taken, under the same id. */
export function callbackSender({ post, ids, logger }: CallbackSenderOptions): CallbackSender {
  function attempt(url: string, message: { readonly id: string; readonly body: object }, index: number): void {
    const pause = attempts[index];
    if (pause === undefined) return logger.warn("a callback was given up", { url, message: message.id });
    setTimeout(() => {
      void post.send(url, message.body, message.id).then(({ delivered, retryable, detail }) => {
        if (delivered) return;
        logger.info("a callback was not delivered", { url, message: message.id, error: detail });
        attempt(url, message, retryable ? index + 1 : attempts.length);
      });
    }, pause).unref();
  }
  return { send: (url, body) => attempt(url, { id: ids.make("n"), body }, 0) };
}
