import { Refusal } from "../domain/errors.ts";
import type { Ids, Logger, SignedPost } from "../domain/ports.ts";
import type { AuthzenDeps } from "./deps.ts";
import { statusOf, taskHandle } from "./task.ts";

/** Delivers one notification in the background, signed; never throws and is never waited for. */
interface CallbackSender {
  send(url: string, body: object): void;
}

export interface Callbacks extends CallbackSender {
  /** @throws Refusal arap_callback_refused */
  vet(endpoint: string): Promise<void>;
}

interface CallbackRules {
  /** URLs that an endpoint may equal or lie below. */
  readonly allow: readonly string[];
  /** Resolves the host as a connection would. @throws when one of its addresses is of a class that is not allowed */
  readonly resolve: (hostname: string) => Promise<void>;
  readonly sender: CallbackSender;
}

/**
 * Where a caller lets itself be called back is a way to make this gateway call anything, so it has to be registered and its
 * address is looked at now and again at each connection ("Callback Completion" of the profile).
 */
export function callbacks({ allow, resolve, sender }: CallbackRules): Callbacks {
  const registered = allow.map((url) => new URL(url));
  return {
    send: (url, body) => sender.send(url, body),
    async vet(endpoint) {
      const url = URL.parse(endpoint);
      if (url === null || url.username !== "" || url.password !== "" || endpoint.includes("#"))
        throw new Refusal("arap_callback_refused", { hint: "it is not a plain URL" });
      if (!registered.some((one) => covers(one, url)))
        throw new Refusal("arap_callback_refused", { hint: "it is not registered" });
      try {
        await resolve(url.hostname.replace(/^\[|\]$/g, ""));
      } catch (cause) {
        throw new Refusal("arap_callback_refused", {
          hint: "its address is not allowed",
          detail: String(cause),
          cause,
        });
      }
    },
  };
}

function covers(registered: URL, url: URL): boolean {
  if (registered.origin !== url.origin) return false;
  const path = registered.pathname;
  if (url.pathname === path) return true;
  const below = path.endsWith("/") ? path : `${path}/`;
  return url.pathname.startsWith(below) && !ambiguous.test(url.pathname.slice(below.length - 1));
}

/** Escaped dots and separators, path parameters and empty segments: some servers climb out of a folder by them. */
const ambiguous = /%(?:2e|2f|5c|25)|;|\/\//i;

/** Tells each request's callback once that its task has ended. What came of it is for the task endpoint to say. */
export function notifyEnds(deps: AuthzenDeps): () => void {
  return deps.approvals.watch(async (approval) => {
    if (approval.binding.protocol !== "authzen" || approval.state === "held") return;
    const event = statusOf(approval);
    for (const { callback } of await deps.requests.takeCallbacks(approval.id, deps.clock.now())) {
      if (callback === null || (callback.events.length > 0 && !callback.events.includes(event))) continue;
      const state = callback.state === null ? {} : { state: callback.state };
      deps.callbacks.send(callback.endpoint, { ...state, task: taskHandle(deps, { isOwn: false }, approval) });
    }
  });
}

interface CallbackSenderOptions {
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
