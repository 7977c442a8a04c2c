import { calculateJwkThumbprint, createLocalJWKSet } from "jose";
import type { Clock, Logger } from "../domain/ports.ts";
import type { LoadKeys } from "./load-keys.ts";
import { type KeyUse, usableKeys } from "./usable-keys.ts";

export interface KeyTiming {
  /** Longest use of a loaded set before it is loaded again: the time within which a removed key is refused. */
  readonly refreshMs: number;
  /** Shortest time between loads that failed, or that an unknown key id caused. */
  readonly cooldownMs: number;
  /** Beyond `refreshMs`, while loading fails; then nothing is accepted. */
  readonly staleMs: number;
}

export interface KeySurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the log. */
  readonly issuer: string;
  /** What its keys must be published for. Default: signatures. */
  readonly use?: KeyUse;
}

export interface KeysInUse {
  readonly resolve: ReturnType<typeof createLocalJWKSet>;
  readonly thumbprints: ReadonlySet<string>;
}

/** A key set as last loaded, how old it is, and the one way to load it again. */
export class LoadedKeys {
  readonly timing: KeyTiming;
  readonly #load: LoadKeys;
  readonly #around: KeySurroundings;
  #keys: KeysInUse | null = null;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #failed = false;
  #pending: Promise<void> | null = null;

  constructor(load: LoadKeys, timing: KeyTiming, around: KeySurroundings) {
    this.#load = load;
    this.timing = timing;
    this.#around = around;
  }

  get keys(): KeysInUse | null {
    return this.#keys;
  }

  get ageMs(): number {
    return this.#around.clock.monotonic() - this.#loadedAt;
  }

  get coolingDown(): boolean {
    return this.#around.clock.monotonic() - this.#attemptedAt < this.timing.cooldownMs;
  }

  /** A load is under way, and its answer is worth waiting for. */
  get loading(): boolean {
    return this.#pending !== null;
  }

  /** The last load failed: what was loaded before it may be used a while longer. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Single flight: whoever asks while a load is under way waits for that one. Never throws; `failed` tells. */
  reload(): Promise<void> {
    this.#pending ??= this.#attempt().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** Full replacement: a key that is no longer published is gone. */
  async #attempt(): Promise<void> {
    const { clock, logger, issuer, use } = this.#around;
    this.#attemptedAt = clock.monotonic();
    try {
      const keys = usableKeys(await this.#load(), use);
      const thumbprints = new Set(await Promise.all(keys.map((key) => calculateJwkThumbprint(key))));
      this.#keys = { resolve: createLocalJWKSet({ keys }), thumbprints };
      this.#loadedAt = clock.monotonic();
      this.#failed = false;
    } catch (failure) {
      this.#failed = true;
      logger.warn("the issuer's keys could not be loaded", { issuer, error: failure });
    }
  }
}
