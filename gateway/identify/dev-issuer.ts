import { createPrivateKey, createPublicKey, generateKeyPairSync, hash } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import jsonwebtoken from "jsonwebtoken";
import type { JSONWebKeySet, JWK } from "jose";

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
  const privateJwk = readKey(path) ?? makeKey(path);
  const privateKey = createPrivateKey({ key: privateJwk, format: "jwk" });
  if (privateKey.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error(`${path} holds no P-256 key`);
  const publicJwk = createPublicKey(privateKey).export({ format: "jwk" }) as JWK;
  const kid = thumbprint(publicJwk);
  return { publicKeys: { keys: [{ ...publicJwk, kid, alg: "ES256", use: "sig" }] }, privateKey, kid };
}

/** RFC 7638 §3.2: the required members in alphabetical order. */
function thumbprint({ crv, kty, x, y }: JWK): string {
  return hash("sha256", JSON.stringify({ crv, kty, x, y }), "base64url");
}

function readKey(path: string): JWK | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  // Windows has no such bits; there the rights of the folder must be enough.
  if (process.platform !== "win32" && (stats.mode & 0o077) !== 0)
    throw new Error(`${path} can be read by others; chmod 600 it, or remove it to get a new key`);
  return JSON.parse(readFileSync(path, "utf8")) as JWK;
}

/** Writes a new file and links it into place: a second process that starts now finds no key or a whole one, and replaces none. */
function makeKey(path: string): JWK {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = privateKey.export({ format: "jwk" }) as JWK;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: "w" });
  try {
    linkSync(temporary, path);
    return jwk;
  } catch (failure) {
    const other = readKey(path);
    if (other === null) throw failure;
    return other;
  } finally {
    rmSync(temporary, { force: true });
  }
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
  };
  return jsonwebtoken.sign(payload, issuer.privateKey, {
    algorithm: "ES256",
    header: { alg: "ES256", typ: "at+jwt", kid: issuer.kid },
  });
}
