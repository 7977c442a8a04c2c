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
