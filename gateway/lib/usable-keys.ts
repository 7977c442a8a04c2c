/** What is looked at of a public key as JSON (RFC 7517 §4). */
export interface PublicKey {
  readonly kty?: string | undefined;
  readonly use?: string | undefined;
  readonly key_ops?: readonly string[] | undefined;
}

/** jwt-svid: https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md#61-jwt-svid-bundles */
export type KeyUse = "sig" | "jwt-svid";

const maxKeys = 100;
/** RFC 7518 §6.2.2, §6.3.2, §6.4.1. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/**
 * The keys of a set that may verify signatures. Others (encryption keys, unknown types) are left out, as RFC 7517 §5 asks.
 * @throws Error when it is no key set, or contains private parts, which makes its signatures worthless
 */
export function usableKeys<Key extends PublicKey>(set: { readonly keys: readonly Key[] }, use: KeyUse = "sig"): Key[] {
  const keys = (set as { readonly keys?: readonly Key[] } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error("the answer is no key set");
  if (keys.length > maxKeys) throw new Error(`the key set has more than ${maxKeys} keys`);
  const usable = (keys as readonly Key[]).filter((key) => {
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
