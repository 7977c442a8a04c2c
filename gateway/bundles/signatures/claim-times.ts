import type { JsonObject } from "../../lib/json.ts";
import { SignatureRefusal } from "./refusal.ts";

/** How far the signer's clock may be ahead: a signature from next year would shut out all that follow. */
const SKEW_S = 300;

/**
 * RFC 7519 §4.1.4 to §4.1.6. OPA asks for none of these and heeds none; whoever writes them means them.
 * @returns `iat`. @throws SignatureRefusal
 */
export function checkTimes(claims: JsonObject, nowS: number): number | null {
  const [issuedAt, notBefore, expires] = ["iat", "nbf", "exp"].map((name) => numericDate(claims, name));
  if (expires !== null && expires !== undefined && nowS >= expires)
    throw notCurrent(`the signature ended at ${iso(expires)} (exp)`);
  if (notBefore !== null && notBefore !== undefined && nowS + SKEW_S < notBefore)
    throw notCurrent(`the signature is for later, from ${iso(notBefore)} (nbf)`);
  if (issuedAt !== null && issuedAt !== undefined && nowS + SKEW_S < issuedAt)
    throw notCurrent(`the signature says that it was made at ${iso(issuedAt)} (iat), which is to come`);
  return issuedAt ?? null;
}

function numericDate(claims: JsonObject, name: string): number | null {
  const value = claims[name];
  if (value === undefined) return null;
  if (typeof value !== "number" || !(Math.abs(value) <= 8.64e12))
    throw new SignatureRefusal("signature_malformed", `the signature's ${name} is no time in seconds since the epoch`);
  return value;
}

function notCurrent(message: string): SignatureRefusal {
  return new SignatureRefusal("signature_not_current", message);
}

/** As people write it, to the second. */
export function iso(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(/\.000Z$/, "Z");
}
