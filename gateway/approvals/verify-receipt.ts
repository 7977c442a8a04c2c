import { createPublicKey, type JsonWebKey } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import { passkeyProblem } from "./passkey-evidence.ts";
import { receiptType } from "./receipt-key.ts";
import type { ReceiptClaims } from "./receipts.ts";

export type ReceiptFinding =
  | { readonly ok: true; readonly claims: ReceiptClaims; readonly kid: string }
  | { readonly ok: false; readonly problem: string };

/** Checks a receipt against a published key set, and the passkeys in it against their votes, without asking anybody. */
export function verifyReceipt(jws: string, keys: readonly JsonWebKey[]): ReceiptFinding {
  const decoded = jsonwebtoken.decode(jws, { complete: true });
  if (decoded === null) return { ok: false, problem: "it is no compact JWS" };
  const { typ, kid, alg } = decoded.header;
  if (typ !== receiptType) return { ok: false, problem: `its type is ${String(typ)}, not ${receiptType}` };
  if (alg !== "ES256") return { ok: false, problem: `its algorithm is ${alg}, not ES256` };
  const jwk = keys.find((key) => key["kid"] === kid);
  if (jwk === undefined || kid === undefined) return { ok: false, problem: `no key ${String(kid)} is in the key set` };
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const claims = jsonwebtoken.verify(jws, key, { algorithms: ["ES256"] }) as unknown as ReceiptClaims;
    const problem = votesProblem(claims);
    return problem === null ? { ok: true, claims, kid } : { ok: false, problem };
  } catch (failure) {
    return { ok: false, problem: failure instanceof Error ? failure.message : String(failure) };
  }
}

function votesProblem({ approval, action_digest, votes }: ReceiptClaims): string | null {
  for (const { approver, vote, grant, method, evidence } of votes) {
    if (method !== "passkey" || (vote !== "approve" && vote !== "deny")) continue;
    const problem = passkeyProblem({ approval, actionDigest: action_digest, vote, grant }, evidence);
    if (problem !== null) return `the passkey of ${approver} does not hold: ${problem}`;
  }
  return null;
}
