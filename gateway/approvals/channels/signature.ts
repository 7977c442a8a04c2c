import { createHmac } from "node:crypto";
import { webhookKey } from "../../domain/webhook-secret.ts";

/**
 * The headers of a message signed as Standard Webhooks 1.0.0 says: HMAC-SHA256 over `id.timestamp.body`, one `v1`
 * signature for each secret. `id` has no full stop; `now` is milliseconds since the epoch, of this attempt.
 * @throws Error when a secret is none
 */
export function signedHeaders(
  id: string,
  now: number,
  body: string,
  secrets: readonly string[],
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const timestamp = String(Math.floor(now / 1_000));
  const signatures = secrets.map((secret) => {
    const key = webhookKey(secret);
    if (key === null) throw new Error("a signing secret is not whsec_ and base64 of 24 to 64 bytes");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
