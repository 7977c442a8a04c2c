import type { ReceiptSigner, StatementKey } from "../domain/ports.ts";
import { openSigningKey } from "./signing-key.ts";

export const receiptType = "sallyport-approval+jwt";

export type ReceiptKey = ReceiptSigner & Pick<StatementKey, "publicKeys">;

/** The key that signs receipts: of its own, neither that of TLS nor of any other statement. */
export function openReceiptKey(file: string): ReceiptKey {
  const key = openSigningKey(file);
  return { publicKeys: key.publicKeys, sign: (claims) => key.sign(claims, receiptType) };
}
