import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto";
import type { JSONWebKeySet, JWK } from "jose";
import type { Clock, KeptKeyStore, StoredKey } from "../../domain/ports.ts";

/** A key signs for so long; then a new one does. */
const rotateMs = 30 * 86_400_000;
/** Longer than any token that it signed is good for. */
const keptMs = 2 * 3_600_000;
/** A key that another process made is seen after this time at the latest; the one before is good until then, and long after. */
const refreshMs = 60_000;

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
  /** RFC 7638, base64url. */
  readonly kid: string;
}

/** The keys of the gateway's own tokens (ES256): in the store, one for all processes, made at first use, and anew every 30 days. */
export class TaskKeys {
  readonly #store: KeptKeyStore;
  readonly #clock: Clock;
  readonly #parsed = new Map<string, SigningKey>();
  #current: { readonly key: SigningKey; readonly made: number; readonly read: number } | null = null;

  constructor(store: KeptKeyStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** What signs now. */
  async current(): Promise<SigningKey> {
    const [now, read] = [this.#clock.now(), this.#clock.monotonic()];
    const known = this.#current;
    if (known !== null && read - known.read < refreshMs && now - known.made < rotateMs) return known.key;
    const { text, made } = await this.#newest(now);
    const key = this.#keyOf(text);
    this.#current = { key, made, read };
    return key;
  }

  /** What may have signed a token that is still good (RFC 7517). */
  async published(): Promise<JSONWebKeySet> {
    const stored = await this.#store.list();
    return { keys: stored.map(({ text }) => this.#keyOf(text).publicJwk) };
  }

  /** Of two processes that need a new key at once, both take the one that came first. */
  async #newest(now: number): Promise<StoredKey> {
    const [newest] = await this.#store.list();
    if (newest !== undefined && now - newest.made < rotateMs) return newest;
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const text = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    await this.#store.add({ text, made: now }, now - rotateMs);
    await this.#store.drop(now - rotateMs - keptMs);
    const [first] = await this.#store.list();
    if (first === undefined) throw new Error("the key that signs tokens of tasks cannot be kept");
    return first;
  }

  #keyOf(pem: string): SigningKey {
    const known = this.#parsed.get(pem);
    if (known !== undefined) return known;
    const privateKey = createPrivateKey(pem);
    const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: "jwk" });
    // RFC 7638 §3.2: the required members in alphabetical order.
    const kid = hash("sha256", JSON.stringify({ crv, kty, x, y }), "base64url");
    const key = { privateKey, kid, publicJwk: { crv, kty, x, y, kid, alg: "ES256", use: "sig" } as JWK };
    this.#parsed.set(pem, key);
    return key;
  }
}
