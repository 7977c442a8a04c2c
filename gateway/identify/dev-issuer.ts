import type { KeyObject } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import type { JSONWebKeySet } from "jose";
import type { JsonObject } from "../lib/json.ts";
import { openEs256Key } from "./es256-key-file.ts";

/** An issuer for development and demos: whoever can read its key file can make a token for any subject. */
export interface DevIssuer {
  readonly publicKeys: JSONWebKeySet;
  readonly privateKey: KeyObject;
  readonly kid: string;
}

/**
 * Opens the ES256 key, making it on first use.
 * @throws Error when others may read the file or it holds no such key
 */
export function openDevIssuer(path: string): DevIssuer {
  const { privateKey, publicJwk, thumbprint: kid } = openEs256Key(path);
  return { publicKeys: { keys: [{ ...publicJwk, kid, alg: "ES256", use: "sig" }] }, privateKey, kid };
}

export interface DevTokenClaims {
  readonly sub: string;
  readonly audience: string | readonly string[];
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
  readonly session?: string;
  readonly purpose?: string;
  readonly clientId?: string;
  /** The person acted for: then `sub` becomes the actor (RFC 8693 §4.1). */
  readonly actingFor?: string;
  /** Thumbprint of the key that the token is bound to (RFC 9449 §6.1). */
  readonly jkt?: string;
  /** Claims beside these, under names that none of these has. */
  readonly others?: JsonObject;
  /** Seconds. */
  readonly ttl: number;
}

/** A token as a real issuer would make it (RFC 9068), under the default claim names. `nowMs` is milliseconds since the epoch. */
export function mintDevToken(
  issuer: DevIssuer & { readonly issuer: string },
  claims: DevTokenClaims,
  nowMs: number,
): string {
  const iat = Math.floor(nowMs / 1000);
  const payload = {
    ...claims.others,
    iss: issuer.issuer,
    sub: claims.actingFor ?? claims.sub,
    ...(claims.actingFor === undefined ? {} : { act: { sub: claims.sub } }),
    aud: claims.audience,
    iat,
    exp: iat + claims.ttl,
    client_id: claims.clientId ?? claims.sub,
    roles: claims.roles ?? [],
    ...(claims.scopes === undefined ? {} : { scope: claims.scopes.join(" ") }),
    ...(claims.session === undefined ? {} : { sid: claims.session }),
    ...(claims.purpose === undefined ? {} : { purpose: claims.purpose }),
    ...(claims.jkt === undefined ? {} : { cnf: { jkt: claims.jkt } }),
  };
  // As text: of an object the library checks claims such as nbf, and a token that the gateway refuses could not be made.
  return jsonwebtoken.sign(JSON.stringify(payload), issuer.privateKey, {
    algorithm: "ES256",
    header: { alg: "ES256", typ: "at+jwt", kid: issuer.kid },
  });
}
