import { createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, compactVerify, type JWK } from "jose";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import { weakness } from "../../lib/weak-key.ts";
import { readCompactJws } from "../compact-jws.ts";
import { usableKeys } from "../usable-keys.ts";

/** A proof whose signature holds under the key in its own header; nothing it claims is checked yet. */
export interface SignedProof {
  readonly claims: JsonObject;
  /** RFC 7638. */
  readonly thumbprint: string;
}

const maxBytes = 8192;
/** What a proof's header has no need of: each would be another way to say by which key or rules to verify. */
const refused = ["crit", "jku", "x5u", "x5c", "b64", "zip", "enc"];

/** RFC 9449 §4.2 and §4.3, steps 2 to 7. @throws Refusal proof_invalid */
export async function readProof(text: string, algorithms: readonly string[]): Promise<SignedProof> {
  if (text.length > maxBytes) throw invalid(`it is longer than ${maxBytes} bytes`);
  const { header, payload } = readStrictly(text);
  if (header["typ"] !== "dpop+jwt") throw invalid("its typ is not dpop+jwt");
  const found = refused.find((name) => Object.hasOwn(header, name));
  if (found !== undefined) throw invalid(`its header has ${found}`);
  const { alg } = header;
  if (typeof alg !== "string" || !algorithms.includes(alg))
    throw invalid(`its algorithm is not one of ${algorithms.join(", ")}`);
  const key = publicKey(header["jwk"], alg);
  try {
    await compactVerify(text, key, { algorithms: [alg] });
  } catch (failure) {
    throw invalid("its signature does not match its key", failure);
  }
  return { claims: payload, thumbprint: await calculateJwkThumbprint(key.export({ format: "jwk" })) };
}

function readStrictly(text: string) {
  try {
    return readCompactJws(text);
  } catch (failure) {
    throw invalid(failure instanceof Refusal ? (failure.hint ?? "it is no JWT") : "it is no JWT", failure);
  }
}

function publicKey(jwk: unknown, alg: string): KeyObject {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) throw invalid("its header has no jwk");
  const { alg: madeFor } = jwk as JWK;
  if (madeFor !== undefined && madeFor !== alg) throw invalid("its jwk is for another algorithm");
  try {
    const [usable] = usableKeys({ keys: [jwk] });
    if (usable === undefined) throw new Error("the key is not one for signatures");
    const key = createPublicKey({ key: usable, format: "jwk" });
    const why = weakness(key);
    if (why !== null) throw new Error(`the key is too weak: ${why}`);
    return key;
  } catch (failure) {
    throw invalid("its jwk is not a public signature key", failure);
  }
}

export function invalid(hint: string, cause?: unknown): Refusal {
  const detail = cause instanceof Error ? { detail: `${hint}: ${cause.message}` } : {};
  return new Refusal("proof_invalid", { hint, ...detail, cause });
}
