import type { Clock, Logger, PolicyFailure } from "../domain/ports.ts";

export type Stage = PolicyFailure["stage"];
export type Location = PolicyFailure["locations"][number];

/** A bundle that did not become active; the message has file:line: message, one a line, with paths below the source. */
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

/** A failure that the same content may not meet again: a time limit, a full disk, a file that cannot be read now. */
export class TransientFailure extends BundleFailure {
  constructor(stage: Stage, message: string, cause?: unknown) {
    super(stage, message, [], cause);
    this.name = "TransientFailure";
  }
}

/** Any throw of a stage, as that stage's failure. */
export function asFailure(thrown: unknown, stage: Stage): BundleFailure {
  if (thrown instanceof BundleFailure) return thrown;
  const { code, syscall } = (thrown ?? {}) as NodeJS.ErrnoException;
  // The operating system's words for it would name a folder of this machine.
  if (typeof code === "string" && typeof syscall === "string")
    return new TransientFailure(stage, `the policy could not be built here: ${syscall} ${code}`, thrown);
  return new BundleFailure(stage, thrown instanceof Error ? thrown.message : String(thrown), [], thrown);
}

/** `what` cannot be read, with the operating system's word for why and without the path: whoever reads this may not know the machine. */
export function unreadable(what: string, error: unknown): TransientFailure {
  const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  return new TransientFailure("load", `${what} cannot be read: ${why}`, error);
}

/** Why a bundle's signature does not make it the policy; for programs, beside the sentence. */
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

/** A bundle that is refused because of its signature, or because of what was active before. */
export class SignatureRefusal extends BundleFailure {
  readonly problem: SignatureProblem;

  constructor(problem: SignatureProblem, message: string, cause?: unknown) {
    super("verify", message, [], cause);
    this.name = "SignatureRefusal";
    this.problem = problem;
  }
}

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

const LONGEST_WAIT_MS = 60_000;

/** Which content was tried last, and whether it is to be tried again although it is the same. */
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

  isDue(identity: string): boolean {
    return identity !== this.#tried || this.#clock.monotonic() >= this.#retryAt;
  }

  begin(identity: string): void {
    if (identity !== this.#tried) this.#waitMs = this.#firstWaitMs;
    this.#tried = identity;
    this.#retryAt = Number.POSITIVE_INFINITY;
  }

  /** Whether the same content is tried again: after a failure that time may mend, ever later up to once a minute. */
  failed(failure: BundleFailure): boolean {
    // A signature that is not valid yet will be.
    if (!(failure instanceof TransientFailure || failure instanceof SignatureRefusal)) return false;
    this.#retryAt = this.#clock.monotonic() + this.#waitMs;
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
    return true;
  }

  forget(): void {
    this.#tried = null;
  }
}
