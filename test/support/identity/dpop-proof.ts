import { hash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

export interface DpopKey {
  readonly jkt: string;
  proof(method: string, url: string, token?: string, change?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function dpopKey(): Promise<DpopKey> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  return {
    jkt: await calculateJwkThumbprint(jwk),
    proof: (method, url, token, change = {}) =>
      sign(privateKey, jwk, { htm: method, htu: url, ...hashOf(token), ...change }),
  };
}

function hashOf(token: string | undefined): object {
  return token === undefined ? {} : { ath: hash("sha256", token, "base64url") };
}

function sign(key: CryptoKey, jwk: JWK, claims: object): Promise<string> {
  const header = { alg: "ES256", typ: "dpop+jwt", jwk };
  return new SignJWT({ jti: randomUUID(), ...claims }).setIssuedAt().setProtectedHeader(header).sign(key);
}
