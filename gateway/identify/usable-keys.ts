import type { JSONWebKeySet, JWK } from "jose";

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
    // A SPIFFE bundle holds keys of several kinds, so there silence does not count.
    if (key.use !== use && !(use === "sig" && key.use === undefined)) return false;
    return key.key_ops === undefined || (Array.isArray(key.key_ops) && key.key_ops.includes("verify"));
  });
  // jose knows no other use than sig.
  return use === "sig" ? usable : usable.map((key) => ({ ...key, use: "sig" }));
}
