/** The unverified claims of a receipt, for display only. */
export interface ReceiptClaims {
  readonly state: string;
  readonly action_digest: string;
}

export function claimsOf(jws: string): ReceiptClaims | null {
  try {
    const middle = (jws.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(middle), (letter) => letter.charCodeAt(0));
    const { state, action_digest } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return typeof state === "string" && typeof action_digest === "string" ? { state, action_digest } : null;
  } catch {
    return null;
  }
}
