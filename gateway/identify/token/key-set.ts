import { KeyObject } from "node:crypto";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
} from "jose";
import { Refusal } from "../../domain/errors.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import { type KeyUse, usableKeys } from "../../lib/usable-keys.ts";
import { weakness } from "../../lib/weak-key.ts";
import { readFile } from "node:fs/promises";
import type { KeySource } from "../../domain/trusted-issuer.ts";
import { boundedAnswer } from "../../net/post-json.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** The key that a token's header asks for. */
export interface KeyWanted {
  readonly alg: string;
  readonly kid: string | null;
}

interface FoundKey {
  readonly key: KeyObject;
  /** RFC 7638. */
  readonly thumbprint: string;
}

export interface KeySet {
  /** @throws Refusal token_key_unknown, keys_unavailable */
  find(wanted: KeyWanted): Promise<FoundKey>;
  /** Whether a key found earlier is still valid, without waiting; when false, call `find` again. */
  stillHolds(thumbprint: string): boolean;
  /** As `stillHolds`, after waiting for keys that may be used now. @throws Refusal keys_unavailable */
  holds(thumbprint: string): Promise<boolean>;
  /**
   * Whether a key found earlier counts no longer, by the set that was loaded last: it is not in there, or the set is too old to
   * count at all. Has the set loaded anew in the background when it is time, as a call would.
   */
  isWithdrawn(thumbprint: string): boolean;
  /** Why tokens may be refused whatever they are signed with; null: there are keys. Has the set loaded anew when it is time. */
  problem(): KeySetProblem | null;
}

export interface KeySetProblem {
  readonly why: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Keys that were loaded before count still. */
  readonly hasOldKeys: boolean;
}

/** Share of `refreshMs` after which a set in use is loaded again in the background. */
const aheadAt = 0.8;

/**
 * The keys of one issuer, loaded again in the background before they are too old. An unknown key id causes a load at most
 * once per cooldown; while loading fails, the last good set counts for `staleMs` more.
 */
export function createKeySet(load: LoadKeys, timing: KeyTiming, deps: KeySetDeps): KeySet {
  const loaded = new LoadedKeys(load, timing, deps);
  return {
    async find(wanted) {
      const found = await pick(await current(loaded, deps.issuer), wanted);
      if (found !== null) return found;
      // The key may have been published a moment ago; but invented key ids must not become requests to the issuer.
      if (!loaded.coolingDown || loaded.loading) await loaded.reload();
      const again = await pick(await current(loaded, deps.issuer), wanted);
      if (again !== null) return again;
      throw new Refusal("token_key_unknown", {
        detail: `${deps.issuer} publishes no key for ${JSON.stringify(wanted)}`,
      });
    },
    holds: async (thumbprint) => (await current(loaded, deps.issuer)).thumbprints.has(thumbprint),
    stillHolds(thumbprint) {
      if (loaded.keys?.thumbprints.has(thumbprint) !== true) return false;
      const { ageMs } = loaded;
      if (ageMs < timing.refreshMs) {
        refreshAhead(loaded, ageMs);
        return true;
      }
      return isWaiting(loaded) && ageMs < timing.refreshMs + timing.staleMs;
    },
    isWithdrawn(thumbprint) {
      const { ageMs, keys } = loaded;
      refreshAhead(loaded, ageMs);
      return keys?.thumbprints.has(thumbprint) !== true || ageMs >= timing.refreshMs + timing.staleMs;
    },
    problem() {
      const { ageMs, keys, problem } = loaded;
      refreshAhead(loaded, ageMs);
      const hasOldKeys = (keys?.thumbprints.size ?? 0) > 0 && ageMs < timing.refreshMs + timing.staleMs;
      return problem === null ? null : { ...problem, hasOldKeys };
    },
  };
}

/**
 * The keys that may be used now: fresh ones, or, while the issuer does not answer, old ones within their limit. The age is read
 * once: between two readings of the clock a set could be too young to be loaded again and then too old to be used.
 */
async function current(loaded: LoadedKeys, issuer: string): Promise<KeysInUse> {
  const { refreshMs, staleMs } = loaded.timing;
  const { keys, ageMs } = loaded;
  if (keys !== null && ageMs < refreshMs) {
    refreshAhead(loaded, ageMs);
    return keys;
  }
  if (!isWaiting(loaded)) await loaded.reload();
  // A set that was loaded for this call is fresh, however long the call then waited.
  if (loaded.keys !== null && (!loaded.failed || loaded.ageMs < refreshMs + staleMs)) return loaded.keys;
  throw new Refusal("keys_unavailable", { detail: `no usable keys of ${issuer}` });
}

/** The issuer did not answer, and it is too early to load again. */
function isWaiting(loaded: LoadedKeys): boolean {
  return loaded.failed && loaded.coolingDown;
}

/** A busy gateway refreshes in the background before the set is too old, so that no call waits for it. */
function refreshAhead(loaded: LoadedKeys, ageMs: number): void {
  if (ageMs > loaded.timing.refreshMs * aheadAt && !isWaiting(loaded)) void loaded.reload();
}

/** jose matches kid, alg, use, key_ops and curve; none, or more than one, is no key. */
async function pick(keys: KeysInUse, { alg, kid }: KeyWanted): Promise<FoundKey | null> {
  try {
    const key = KeyObject.from(await keys.resolve(kid === null ? { alg } : { alg, kid }));
    refuseWeak(key);
    return { key, thumbprint: await calculateJwkThumbprint(key.export({ format: "jwk" })) };
  } catch (failure) {
    if (failure instanceof errors.JWKSNoMatchingKey || failure instanceof errors.JWKSMultipleMatchingKeys) return null;
    if (failure instanceof Refusal) throw failure;
    throw new Refusal("token_key_unknown", { detail: "the issuer's key cannot be used", cause: failure });
  }
}

function refuseWeak(key: KeyObject): void {
  const why = weakness(key);
  if (why !== null) throw new Refusal("token_key_unknown", { detail: `the issuer's key is too weak: ${why}` });
}

export interface KeyTiming {
  /** Longest use of a loaded set before it is loaded again: the time within which a removed key is refused. */
  readonly refreshMs: number;
  /** Shortest time between loads that failed, or that an unknown key id caused. */
  readonly cooldownMs: number;
  /** Beyond `refreshMs`, while loading fails; then nothing is accepted. */
  readonly staleMs: number;
}

interface KeySetDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the log. */
  readonly issuer: string;
  /** What its keys must be published for. Default: signatures. */
  readonly use?: KeyUse;
}

interface KeysInUse {
  readonly resolve: ReturnType<typeof createLocalJWKSet>;
  readonly thumbprints: ReadonlySet<string>;
}

/** A key set as last loaded, how old it is, and the one way to load it again. */
class LoadedKeys {
  readonly timing: KeyTiming;
  readonly #load: LoadKeys;
  readonly #deps: KeySetDeps;
  #keys: KeysInUse | null = null;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #failed = false;
  #problem: Omit<KeySetProblem, "hasOldKeys"> | null = null;
  #pending: Promise<void> | null = null;

  constructor(load: LoadKeys, timing: KeyTiming, deps: KeySetDeps) {
    this.#load = load;
    this.timing = timing;
    this.#deps = deps;
  }

  get keys(): KeysInUse | null {
    return this.#keys;
  }

  get ageMs(): number {
    return this.#deps.clock.monotonic() - this.#loadedAt;
  }

  get coolingDown(): boolean {
    return this.#deps.clock.monotonic() - this.#attemptedAt < this.timing.cooldownMs;
  }

  /** A load is under way. */
  get loading(): boolean {
    return this.#pending !== null;
  }

  /** The last load failed: what was loaded before it may be used a while longer. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The last load failed, or gave no key. */
  get problem(): Omit<KeySetProblem, "hasOldKeys"> | null {
    return this.#problem;
  }

  /** Single flight: a call while a load is under way waits for that load. Never throws; see `failed`. */
  reload(): Promise<void> {
    this.#pending ??= this.#attempt().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** Replaces the whole set: a key that is no longer published is no longer accepted. */
  async #attempt(): Promise<void> {
    const { clock, logger, issuer, use } = this.#deps;
    this.#attemptedAt = clock.monotonic();
    try {
      const keys = usableKeys(await this.#load(), use);
      const thumbprints = new Set(await Promise.all(keys.map((key) => calculateJwkThumbprint(key))));
      this.#keys = { resolve: createLocalJWKSet({ keys }), thumbprints };
      this.#loadedAt = clock.monotonic();
      this.#failed = false;
      this.#note(keys.length === 0 ? "the key set has no key that verifies signatures" : null);
    } catch (failure) {
      this.#failed = true;
      this.#note(reasonOf(failure));
      logger.warn("the issuer's keys could not be loaded", { issuer, problem: String(failure) });
    }
  }

  #note(why: string | null): void {
    if (why === null) this.#problem = null;
    else if (why !== this.#problem?.why) this.#problem = { why, since: this.#deps.clock.now() };
  }
}

/** `/readyz` needs no session, and what is wrong with a JSON text is said by quoting it. */
function reasonOf(failure: unknown): string {
  const { message = String(failure), code, cause } = failure as Error & { readonly code?: string };
  const told = message.replace(`: ${String(cause)}`, "");
  const known = code ?? (cause as { readonly code?: string } | undefined)?.code;
  return known === undefined || told.includes(known) ? told : `${told} (${known})`;
}

const maxBytes = 1024 * 1024;

/** Reads a whole key set anew each time it is called. @throws Error */
export type LoadKeys = () => Promise<JSONWebKeySet>;

/** A loader for the keys of a source. @throws Error for an issuer without keys */
export function loadKeys(source: KeySource): LoadKeys {
  if (source.kind === "none" || source.kind === "own") throw new Error("these keys are nowhere to be loaded from");
  return source.kind === "file" ? () => fromFile(source.path) : fromUrl(source.url, source.timeoutMs);
}

async function fromFile(path: string): Promise<JSONWebKeySet> {
  const text = await readFile(path, "utf8");
  try {
    return parseJson(text) as JSONWebKeySet;
  } catch (cause) {
    throw new Error(`${path} is no JSON: ${String(cause)}`, { cause });
  }
}

/** jose fetches, follows no redirect and checks the answer's shape; `LoadedKeys` decides when. */
function fromUrl(url: string, timeoutMs: number): LoadKeys {
  return async () => {
    const remote = createRemoteJWKSet(new URL(url), {
      timeoutDuration: timeoutMs,
      cooldownDuration: 0,
      [customFetch]: boundedFetch,
    });
    await remote.reload();
    const set = remote.jwks();
    if (set === undefined) throw new Error("the key set is empty");
    return set;
  };
}

async function boundedFetch(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const { status, headers } = response;
  return new Response(new Uint8Array(await boundedAnswer(response, maxBytes, "the key set")), { status, headers });
}
