import { hash } from "node:crypto";
import { SignJWT } from "jose";
import type { Es256Key } from "../es256-key-file.ts";

/** The one request that a proof is for. */
export interface ProvenRequest {
  readonly method: string;
  /** As it is sent; query and fragment are no part of a proof. */
  readonly url: string;
  /** The access token that is sent with it; null for a request without one, such as that for a token. */
  readonly token: string | null;
  /** The server's nonce; null where it has asked for none. */
  readonly nonce: string | null;
}

/** A DPoP proof as a client makes it (RFC 9449 §4.2). `jti` is unique to it, `nowMs` milliseconds since the epoch. */
export function makeProof(
  { privateKey, publicJwk }: Es256Key,
  { method, url, token, nonce }: ProvenRequest,
  { jti, nowMs }: { readonly jti: string; readonly nowMs: number },
): Promise<string> {
  const claims = {
    jti,
    htm: method,
    htu: url.replace(/[?#].*$/s, ""),
    iat: Math.floor(nowMs / 1000),
    ...(token === null ? {} : { ath: hash("sha256", token, "base64url") }),
    ...(nonce === null ? {} : { nonce }),
  };
  const header = { alg: "ES256", typ: "dpop+jwt", jwk: publicJwk };
  return new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
}
