import { hash, type JsonWebKey } from "node:crypto";

/** The required members of each kind, in alphabetical order (RFC 7638 §3.2). */
const members: Readonly<Record<string, readonly (keyof JsonWebKey)[]>> = {
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
};

/** The JWK thumbprint (RFC 7638) of an elliptic curve or RSA key, as its `kid`. */
export function keyId(jwk: JsonWebKey): string {
  const required = (members[jwk.kty ?? ""] ?? []).map((name) => [name, jwk[name]]);
  return hash("sha256", JSON.stringify(Object.fromEntries(required)), "base64url");
}
