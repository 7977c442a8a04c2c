import { readFile } from "node:fs/promises";
import { createRemoteJWKSet, customFetch, type JSONWebKeySet, type JWK } from "jose";
import type { KeySource } from "../../domain/trusted-issuer.ts";
import { boundedAnswer } from "../../net/bounded-answer.ts";

const maxBytes = 1024 * 1024;

/** Reads a whole key set anew each time it is called. @throws Error */
export type LoadKeys = () => Promise<JSONWebKeySet>;

/** A loader for the keys of a source. @throws Error for an issuer without keys */
export function loadKeys(source: KeySource): LoadKeys {
  if (source.kind === "none") throw new Error("an issuer without keys signs nothing");
  return source.kind === "file" ? () => fromFile(source.path) : fromUrl(source.url, source.timeoutMs);
}

async function fromFile(path: string): Promise<JSONWebKeySet> {
  return JSON.parse(await readFile(path, "utf8")) as JSONWebKeySet;
}

/** jose fetches, follows no redirect and checks the answer's shape; `key-set.ts` decides when. */
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

const maxKeys = 100;
/** RFC 7518 §6.2.2, §6.3.2, §6.4.1. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** jwt-svid: https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md#61-jwt-svid-bundles */
export type KeyUse = "sig" | "jwt-svid";

/**
 * The keys of a set that may verify signatures. Others (encryption keys, unknown types) are left out, as RFC 7517 §5 asks.
 * @throws Error when it is no key set, or shows secret parts: then every signature by it is worthless
 */
export function usableKeys(set: JSONWebKeySet, use: KeyUse = "sig"): JWK[] {
  if (!Array.isArray(set.keys)) throw new Error("the answer is no key set");
  if (set.keys.length > maxKeys) throw new Error(`the key set has more than ${maxKeys} keys`);
  const usable = set.keys.filter((key) => {
    if (typeof key !== "object" || key === null) throw new Error("the key set holds something that is no key");
    if (privateMembers.some((member) => Object.hasOwn(key, member)))
      throw new Error("the key set shows secret key parts");
    if (!["RSA", "EC", "OKP"].includes(String(key.kty))) return false;
    // A SPIFFE bundle holds keys of several kinds, so there a key without `use` does not count.
    if (key.use !== use && !(use === "sig" && key.use === undefined)) return false;
    return key.key_ops === undefined || (Array.isArray(key.key_ops) && key.key_ops.includes("verify"));
  });
  // jose knows no other use than sig.
  return use === "sig" ? usable : usable.map((key) => ({ ...key, use: "sig" }));
}
