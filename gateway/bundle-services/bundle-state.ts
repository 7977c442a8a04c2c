import type { ServedBundle, ServedBundleFailure, ServedBundleStatus } from "../domain/bundle-service.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import { type Remembered, remembered } from "./remembered.ts";

/** An unchanged failure is logged at most once per this interval, however often it is retried. */
const repeatMs = 60_000;

type Failure = Omit<ServedBundleFailure, "since">;
type Times = Pick<
  ServedBundleStatus,
  "lastRequest" | "lastSuccessfulRequest" | "lastSuccessfulDownload" | "lastSuccessfulActivation" | "confirmedAt"
>;

/** What is known of one bundle, for people: when it was asked for and became active, and what went wrong since. */
export class BundleState {
  readonly #bundle: ServedBundle;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #known: Pick<Remembered, "since">;
  readonly #times: { -readonly [Name in keyof Times]: Times[Name] } = {
    lastRequest: null,
    lastSuccessfulRequest: null,
    lastSuccessfulDownload: null,
    lastSuccessfulActivation: null,
    confirmedAt: null,
  };
  #revision: string | null = null;
  #type: ServedBundleStatus["type"] = "snapshot";
  #downloadedBytes: number | null = null;
  #bytes: number | null = null;
  #failure: ServedBundleFailure | null = null;
  #loggedAt = 0;
  #counts = { loaded: 0, failed: 0 };

  constructor(bundle: ServedBundle, clock: Clock, logger: Logger, known: Pick<Remembered, "since"> = remembered()) {
    this.#bundle = bundle;
    this.#clock = clock;
    this.#logger = logger;
    this.#known = known;
    known.since ??= { at: clock.now(), monotonic: clock.monotonic() };
  }

  requested(): void {
    this.#times.lastRequest = this.#clock.now();
  }

  answered(): void {
    this.#times.lastSuccessfulRequest = this.#clock.now();
  }

  downloaded(bytes: number, type: ServedBundleStatus["type"]): void {
    this.#times.lastSuccessfulDownload = this.#clock.now();
    this.#type = type;
    this.#downloadedBytes = bytes;
  }

  activated(revision: string | null): void {
    this.#times.lastSuccessfulActivation = this.#clock.now();
    this.#revision = revision;
    this.#bytes = this.#downloadedBytes;
    this.#counts.loaded += 1;
    const { name, service } = this.#bundle;
    this.#logger.info("bundle active", { bundle: name, service: service.name, revision });
  }

  /** The server says that what is active is its newest. `at`: at another time, before the start; a time to come is none. */
  confirmed(at = this.#clock.now()): void {
    const ago = this.#clock.now() - at;
    this.#times.confirmedAt = ago < 0 ? null : at;
    this.#known.since =
      ago < 0 ? { at: -Infinity, monotonic: -Infinity } : { at, monotonic: this.#clock.monotonic() - ago };
  }

  mended(): void {
    if (this.#failure !== null) this.#logger.info("the newest bundle is active again", { bundle: this.#bundle.name });
    this.#failure = null;
  }

  failed(failure: Failure): void {
    const { stage, message, httpStatus } = failure;
    const before = this.#failure;
    this.#failure = { ...failure, since: before?.since ?? this.#clock.now() };
    this.#counts.failed += 1;
    const isSame = before?.message === message && before.stage === stage;
    if (isSame && this.#clock.monotonic() - this.#loggedAt < repeatMs) return;
    this.#loggedAt = this.#clock.monotonic();
    const { name, service } = this.#bundle;
    const about = { bundle: name, service: service.name, stage, ...(httpStatus !== null && { status: httpStatus }) };
    this.#logger.error(`bundle ${name}: ${stageWords[stage]}; ${message}`, about);
  }

  /** Whether what is active was confirmed longer ago than it may have been. */
  stale(): ServedBundleStatus["stale"] {
    const { maxStaleMs, denyStale } = this.#bundle;
    if (maxStaleMs === null || this.#known.since === null) return "no";
    const { at, monotonic } = this.#known.since;
    // The time of day may be set back, and the monotonic clock stands still while the machine sleeps.
    const age = Math.max(this.#clock.now() - at, this.#clock.monotonic() - monotonic);
    if (age <= maxStaleMs) return "no";
    return denyStale ? "denies" : "told";
  }

  /** Size of what was downloaded last; null: nothing was since the start. */
  get downloadedBytes(): number | null {
    return this.#downloadedBytes;
  }

  status(): ServedBundleStatus {
    const { name, service } = this.#bundle;
    return {
      name,
      service: service.name,
      revision: this.#revision,
      bytes: this.#bytes,
      type: this.#type,
      ...this.#times,
      failure: this.#failure,
      stale: this.stale(),
      ...this.#counts,
    };
  }
}

/** How each stage that failed is told. */
export const stageWords: Readonly<Record<ServedBundleFailure["stage"], string>> = {
  download: "not downloaded",
  activate: "downloaded and not activated",
  persist: "active and not kept on disk",
  kept: "kept on disk and not taken",
};
