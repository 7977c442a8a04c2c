import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import type { Route } from "../../../../gateway/domain/route.ts";
import type { Subject } from "../../../../gateway/domain/subject.ts";
import type { Identify } from "../../../../gateway/identify/create-identify.ts";
import { type HandClock, origin, request } from "../fixtures.ts";

export interface ProofKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  readonly jkt: string;
}

export async function proofKey(alg = "ES256"): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  return { alg, privateKey, publicJwk, jkt: await calculateJwkThumbprint(publicJwk) };
}

export interface ProofChange {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims taken out again. */
  readonly without?: readonly string[];
  readonly signedBy?: ProofKey;
}

let count = 0;

/** A proof for GET /payments/v1/orders/881, which is what `request` asks, unless changed. */
export async function proof(key: ProofKey, token: string, clock: HandClock, change: ProofChange = {}): Promise<string> {
  const claims: Record<string, unknown> = {
    jti: `proof-${(count += 1)}`,
    htm: "GET",
    htu: `${origin}/payments/v1/orders/881`,
    iat: Math.floor(clock.now() / 1000),
    ath: hash("sha256", token, "base64url"),
    ...change.claims,
  };
  for (const name of change.without ?? []) delete claims[name];
  const header = { typ: "dpop+jwt", alg: key.alg, jwk: key.publicJwk, ...change.header };
  const signer = change.signedBy ?? key;
  return new SignJWT(claims).setProtectedHeader(header).sign(signer.privateKey, { crit: { x: true } });
}

export interface Asked {
  readonly scheme?: string;
  readonly method?: string;
  readonly url?: string;
}

/** A request that carries these DPoP headers. */
export function proven(token: string, proofs: readonly string[], asked: Asked = {}): IncomingMessage {
  const authorization = `${asked.scheme ?? "DPoP"} ${token}`;
  const raw = ["Authorization", authorization, ...proofs.flatMap((one) => ["DPoP", one])];
  const plain = request(authorization, raw);
  const headers = { ...plain.headers, ...(proofs.length === 0 ? {} : { dpop: proofs.join(", ") }) };
  return Object.assign(plain, {
    headers,
    method: asked.method ?? "GET",
    ...(asked.url === undefined ? {} : { url: asked.url }),
  });
}

/** The subject, or the code of the refusal. */
export async function judged(identify: Identify, req: IncomingMessage, route: Route): Promise<Subject | string> {
  try {
    return await identify({ req }, { route });
  } catch (thrown) {
    const { code, detail, stack } = asRefusal(thrown);
    return code === "internal" ? `internal ${detail ?? stack}` : code;
  }
}
