import { createHmac } from "node:crypto";

/**
 * The headers of a message signed as Standard Webhooks 1.0.0 says: HMAC-SHA256 over `id.timestamp.body`, one `v1`
 * signature for each key. `id` has no full stop; `now` is milliseconds since the epoch, of this attempt.
 */
export function signedHeaders(
  id: string,
  now: number,
  body: string,
  keys: readonly Buffer[],
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const timestamp = String(Math.floor(now / 1_000));
  const signatures = keys.map(
    (key) => `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`,
  );
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/**
 * The key behind a symmetric secret of Standard Webhooks 1.0.0 ("Signature scheme"): `whsec_` and base64 of 24 to 64
 * bytes. Null for anything else.
 */
export function webhookKey(secret: string): Buffer | null {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (text === undefined) return null;
  const key = Buffer.from(text, "base64");
  const padded = key.toString("base64");
  const exact = padded === text || padded.replace(/=+$/, "") === text;
  return exact && key.length >= 24 && key.length <= 64 ? key : null;
}

/** The key behind any secret: the decoded key of a Standard Webhooks secret, else the text itself. */
export function signingKey(secret: string): Buffer {
  return webhookKey(secret) ?? Buffer.from(secret);
}
