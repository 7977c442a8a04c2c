import type { Clock, Logger, PolicyFailure } from "../domain/ports.ts";
import { isOutOfFiles, systemReason } from "../lib/open-files.ts";
import { ThreadFailure } from "../lib/resident-thread.ts";

export type Stage = PolicyFailure["stage"];
export type Location = PolicyFailure["locations"][number];

/** A bundle that did not become active. The message has one `file:line: text` per line, with paths below the source. */
export class BundleFailure extends Error {
  readonly stage: Stage;
  readonly locations: readonly Location[];

  constructor(stage: Stage, message: string, locations: readonly Location[] = [], cause?: unknown) {
    super(message, { cause });
    this.name = "BundleFailure";
    this.stage = stage;
    this.locations = locations;
  }
}

/** A failure that may not repeat with the same content: a time limit, a full disk, a file that cannot be read now, a thread that ended. */
export class TransientFailure extends BundleFailure {
  constructor(stage: Stage, message: string, cause?: unknown) {
    super(stage, message, [], cause);
    this.name = "TransientFailure";
  }
}

/** Whether the content itself is refused before anybody asks what is required of it, so that nothing waits to be accepted. */
export function isRefusedAsBuilt(failure: BundleFailure): boolean {
  return failure.stage !== "require" && !(failure instanceof TransientFailure);
}

/** `file:line: message`, the form that editors and logs can jump to. */
export function asLine({ file, line, message }: Location): string {
  return `${file}:${line}: ${message}`;
}

/** Any value thrown in a stage as a failure of that stage. */
export function asFailure(thrown: unknown, stage: Stage): BundleFailure {
  if (thrown instanceof BundleFailure) return thrown;
  if (thrown instanceof ThreadFailure) return new TransientFailure(stage, thrown.message, thrown);
  const { code, syscall } = (thrown ?? {}) as NodeJS.ErrnoException;
  // The system's message would reveal paths of this machine.
  if (typeof code === "string" && typeof syscall === "string")
    return new TransientFailure(
      stage,
      `the policy could not be built here: ${syscall} ${systemReason(thrown)}`,
      thrown,
    );
  return new BundleFailure(stage, thrown instanceof Error ? thrown.message : String(thrown), [], thrown);
}

/** `what` cannot be read. The message has the system's error code, without paths of this machine. */
export function unreadable(what: string, error: unknown): TransientFailure {
  const why = systemReason(error) ?? (error as Error).message;
  return new TransientFailure("load", `${what} cannot be read: ${why}`, error);
}

/** Why folders are not watched. A watcher takes one of the system's instances, of which each user has few, and ends with the same code. */
export function whyUnwatched(error: unknown): string {
  const reason = systemReason(error);
  if (reason === null || !isOutOfFiles(reason)) return String(error);
  return `${reason}, or fs.inotify.max_user_instances`;
}

/** Machine-readable code of why a bundle's signature is refused. */
export type SignatureProblem =
  | "bundle_unsigned"
  | "signature_block_unreadable"
  | "signature_block_empty"
  | "signature_block_many"
  | "signature_malformed"
  | "signature_key_unnamed"
  | "signature_key_unknown"
  | "signature_algorithm_refused"
  | "signature_invalid"
  | "signature_not_current"
  | "signature_scope_wrong"
  | "signed_file_missing"
  | "file_not_signed"
  | "file_unverifiable"
  | "file_hash_refused"
  | "file_changed"
  | "bundle_older"
  | "bundle_order_lost"
  | "revision_reused";

/** A bundle that is refused because of its signature, or because a newer one was active before. */
export class SignatureRefusal extends BundleFailure {
  readonly problem: SignatureProblem;

  constructor(problem: SignatureProblem, message: string, cause?: unknown) {
    super("verify", message, [], cause);
    this.name = "SignatureRefusal";
    this.problem = problem;
  }
}

/** An unchanged failure is logged at most once per this interval, however often it is retried. */
const REPEAT_MS = 60_000;
/** Changed files that a message names. */
const MAX_NAMED_FILES = 3;

/** Why the newest content of the source is not active. */
export class FailureState {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #current: PolicyFailure | null = null;
  #thrown: BundleFailure | null = null;
  #loggedAt = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get current(): PolicyFailure | null {
    return this.#current;
  }

  /** The same as it was thrown. */
  get thrown(): BundleFailure | null {
    return this.#current === null ? null : this.#thrown;
  }

  /** Returns whether there was a failure. */
  clear(): boolean {
    const was = this.#current !== null;
    this.#current = null;
    return was;
  }

  /**
   * `about`: which edit failed, whether it is retried, and the revision that stays active.
   * Returns whether the failure differs from the previous one.
   */
  set(failure: BundleFailure, about: Pick<PolicyFailure, "edited" | "retried"> & { readonly kept: string }): boolean {
    const { stage, message, locations } = failure;
    this.#thrown = failure;
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
    this.#logger.error(`${notApplied(this.#current)} (${stage}); revision ${kept} stays active`, {
      stage,
      retried,
      ...(failure instanceof SignatureRefusal ? { code: failure.problem } : {}),
    });
    // One log entry per line, so that each `file:line` can be found.
    for (const problem of message.split("\n")) this.#logger.error(problem);
    return !same;
  }
}

/** What is not active, since when. Where something else was in the way before, that time is told apart: it is not this edit's. */
export function notApplied({ stage, edited, at, since }: Omit<PolicyFailure, "message" | "locations">): string {
  const unread = stage === "activate" ? "policy not applied" : "policy source not read";
  const what = edited === null ? unread : `edit of ${edited} not applied`;
  const text = `${what} since ${new Date(at).toISOString()}`;
  if (since === at) return text;
  return `${text} (the sources are not active since ${new Date(since).toISOString()}, first for another failure)`;
}

/** The changed files as a list in words; null when none differs. Both maps: digest by path. */
export function editedFiles(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string | null {
  const paths = [...new Set([...before.keys(), ...now.keys()])].filter((path) => before.get(path) !== now.get(path));
  if (paths.length === 0) return null;
  const named = paths.slice(0, MAX_NAMED_FILES).join(", ");
  return paths.length > MAX_NAMED_FILES ? `${named} and ${paths.length - MAX_NAMED_FILES} more files` : named;
}

const MAX_WAIT_MS = 60_000;

/** Which content was tried last, and when the same content is tried again. */
export class Attempts {
  readonly #clock: Clock;
  readonly #firstWaitMs: number;
  #tried: string | null = null;
  #waitMs = 0;
  #retryAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, firstWaitMs: number) {
    this.#clock = clock;
    this.#firstWaitMs = firstWaitMs;
  }

  /** The identity of the content that was tried last; null after none, and after a source that could not be read. */
  get tried(): string | null {
    return this.#tried;
  }

  /** Whether sources with this revision, with which their identity begins, were tried last. */
  triedLast(revision: string): boolean {
    return this.#tried?.startsWith(revision) === true;
  }

  isDue(identity: string): boolean {
    return identity !== this.#tried || this.#clock.monotonic() >= this.#retryAt;
  }

  begin(identity: string): void {
    if (identity !== this.#tried) this.#waitMs = this.#firstWaitMs;
    this.#tried = identity;
    this.#retryAt = Number.POSITIVE_INFINITY;
  }

  /** Whether the same content is retried: only after a transient failure, with doubling delays of at most a minute. */
  failed(failure: BundleFailure): boolean {
    // A signature may become valid later (nbf).
    if (!(failure instanceof TransientFailure || failure instanceof SignatureRefusal)) return false;
    this.#retryAt = this.#clock.monotonic() + this.#waitMs;
    this.#waitMs = Math.min(this.#waitMs * 2, MAX_WAIT_MS);
    return true;
  }

  forget(): void {
    this.#tried = null;
  }
}
