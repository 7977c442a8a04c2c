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

/** Also for secrets that are no Standard Webhooks ones: any other text is a key itself. */
export function signingKey(secret: string): Buffer {
  return webhookKey(secret) ?? Buffer.from(secret);
}
