import { createPublicKey, type JsonWebKey } from "node:crypto";
import { type ReceiptClaims, verifyReceipt } from "../../approvals/receipts.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { CheckReceipt } from "../../record/audit/record-check.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { readText } from "./options.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** What a record of a receipt states; `claims` is null when the receipt does not hold, and `problem` says why. `kid`: of the key that signs it. */
export type ReceiptReading =
  | { readonly problem: null; readonly claims: ReceiptClaims; readonly kid: string }
  | { readonly problem: string; readonly claims: null };

/** Whose keys receipts are checked with. `of the records`: each names its own, which is as good as the log that it is in. */
export type ReceiptKeys = "given" | "of the records";

/** As `receiptReader`, for the answer alone. @throws CliFailure keys_invalid */
export function receiptCheck(file: string | undefined): CheckReceipt {
  const read = receiptReader(file);
  return (record) => read(record).problem;
}

/**
 * Checks records of receipts against a published key set, or, without one, against the key that the record itself names: the tree
 * proves then that the gateway has written it.
 * @param file RFC 7517 @throws CliFailure keys_invalid
 */
export function receiptReader(file: string | undefined): (record: JsonObject) => ReceiptReading {
  const keys = file === undefined ? null : keySet(readText(file), file);
  return (record) => {
    const { approval_id: approval, jws, key } = record;
    if (typeof approval !== "string" || typeof jws !== "string") return failed("it has no receipt in it");
    const found = verifyReceipt(jws, keys ?? (isJsonObject(key) ? [key] : []));
    if (!found.ok) return failed(found.problem);
    const { claims, kid } = found;
    if (claims.approval !== approval) return failed(`its receipt is of the approval ${claims.approval}`);
    return { problem: null, claims, kid };
  };
}

function failed(problem: string): ReceiptReading {
  return { problem, claims: null };
}

function keySet(text: string, file: string): JsonWebKey[] {
  try {
    const set = parseJson(text) as JsonObject;
    if (Array.isArray(set["keys"]) && set["keys"].every(isPublicKey)) return set["keys"] as JsonWebKey[];
  } catch {
    // Told below.
  }
  throw new CliFailure(exits.usage, "keys_invalid", `${file} is no set of public keys (RFC 7517).`);
}

/** A key of a type that is not known yet is none of receipts, and no fault. */
function isPublicKey(value: unknown): boolean {
  if (!isJsonObject(value) || typeof value["kty"] !== "string") return false;
  if (value["kty"] !== "EC") return true;
  try {
    return createPublicKey({ key: value, format: "jwk" }).type === "public";
  } catch {
    return false;
  }
}
