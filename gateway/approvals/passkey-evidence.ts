import { createPublicKey, hash, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { passkeyChallenge, type PasskeyQuestion } from "../domain/approval.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";

const userPresent = 0x01;
const userVerified = 0x04;
const flagsAt = 32;
const shortestData = 37;

/**
 * Checks that a passkey signed exactly this vote, from what the vote itself carries: for the service before it counts a vote,
 * and for an auditor with a receipt and no gateway (https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion). It says that this
 * key signed; not whose key it is, and not what a screen showed.
 * @returns what does not hold; null when all does
 */
export function passkeyProblem(vote: Omit<PasskeyQuestion, "nonce">, evidence: JsonObject | null): string | null {
  try {
    return problemOf(vote, evidence ?? {});
  } catch (failure) {
    return `it cannot be read: ${failure instanceof Error ? failure.message : String(failure)}`;
  }
}

function problemOf(vote: Omit<PasskeyQuestion, "nonce">, evidence: JsonObject): string | null {
  const clientData = bytesIn(evidence, "client_data_json");
  const said: unknown = JSON.parse(clientData.toString());
  const rpId = textIn(evidence, "rp_id");
  if (!isJsonObject(said)) return "its client data is no JSON object";
  if (said["type"] !== "webauthn.get") return "it is no assertion";
  if (said["crossOrigin"] === true) return "it was made in a frame of another site";
  if (!isHostOf(String(said["origin"]), rpId)) return "it was made on another site";
  if (said["challenge"] !== passkeyChallenge({ ...vote, nonce: textIn(evidence, "nonce") }))
    return "its challenge is not that of this vote";
  const data = bytesIn(evidence, "authenticator_data");
  if (data.length < shortestData) return "its authenticator data is too short";
  if (!data.subarray(0, flagsAt).equals(hash("sha256", rpId, "buffer"))) return "it is for another host";
  const flags = data[flagsAt] ?? 0;
  if ((flags & userPresent) === 0 || (flags & userVerified) === 0) return "nobody was verified at the device";
  const signed = Buffer.concat([data, hash("sha256", clientData, "buffer")]);
  const key = createPublicKey({ key: evidence["public_key"] as JsonWebKey, format: "jwk" });
  return verify(digestOf(key), signed, key, bytesIn(evidence, "signature")) ? null : "its signature does not verify";
}

/** ECDSA signatures are in DER there, as node:crypto takes them; Ed25519 hashes by itself. */
function digestOf(key: KeyObject): string | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}

function isHostOf(origin: string, rpId: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === rpId || hostname.endsWith(`.${rpId}`);
}

function textIn(evidence: JsonObject, name: string): string {
  const value = evidence[name];
  if (typeof value !== "string") throw new Error(`${name} is missing`);
  return value;
}

function bytesIn(evidence: JsonObject, name: string): Buffer {
  return Buffer.from(textIn(evidence, name), "base64url");
}
