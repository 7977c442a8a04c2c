import type { Clock, Logger, PolicyFailure } from "../domain/ports.ts";
import type { BundleFailure } from "./failure.ts";
import { SignatureRefusal } from "./signatures/refusal.ts";

/** An unchanged failure is logged once in this time, however often its cause is tried again. */
const REPEAT_MS = 60_000;
/** Files that are named of an edit. */
const NAMED = 3;

/** Why the newest content of the source is not active. */
export class FailureState {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #current: PolicyFailure | null = null;
  #loggedAt = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get current(): PolicyFailure | null {
    return this.#current;
  }

  /** Returns whether there was one. */
  clear(): boolean {
    const was = this.#current !== null;
    this.#current = null;
    return was;
  }

  /**
   * `about` says which edit failed, whether it is tried again, and the revision that stays active.
   * Returns whether the failure is another than before.
   */
  set(failure: BundleFailure, about: Pick<PolicyFailure, "edited" | "retried"> & { readonly kept: string }): boolean {
    const { stage, message, locations } = failure;
    const { edited, retried, kept } = about;
    const before = this.#current;
    const same = before?.message === message && before.stage === stage && before.edited === edited;
    const now = this.#clock.now();
    this.#current = {
      at: same ? before.at : now,
      since: before?.since ?? now,
      stage,
      message,
      locations,
      edited,
      retried,
    };
    if (same && this.#clock.monotonic() - this.#loggedAt < REPEAT_MS) return false;
    this.#loggedAt = this.#clock.monotonic();
    const since = new Date(this.#current.since).toISOString();
    const what = edited === null ? "policy not read" : `edit of ${edited} not applied`;
    this.#logger.error(`${what} since ${since} (${stage}); revision ${kept} stays active`, {
      stage,
      retried,
      ...(failure instanceof SignatureRefusal ? { code: failure.problem } : {}),
    });
    // One line each: a log has no second lines, and people look for file:line.
    for (const problem of message.split("\n")) this.#logger.error(problem);
    return !same;
  }
}

/** Which files of `now` are not those of `before`, as people say it; both map paths to digests. */
export function editedFiles(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string {
  const paths = [...new Set([...before.keys(), ...now.keys()])].filter((path) => before.get(path) !== now.get(path));
  const named = paths.slice(0, NAMED).join(", ");
  return paths.length > NAMED ? `${named} and ${paths.length - NAMED} more files` : named;
}
