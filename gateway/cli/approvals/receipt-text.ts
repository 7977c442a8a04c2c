import type { ReceiptClaims } from "../../approvals/receipts.ts";
import { factLine } from "./approvals.ts";

/** A receipt whose signature holds, for people; everything in it is signed. What a receipt of an older version lacks is shown as lacking. */
export function receiptText(claims: ReceiptClaims, kid: string): string {
  const { approval, votes, iat, iss, outcome = null, state, rules = [], bundle }: Partial<ReceiptClaims> = claims;
  const lines: [string, string | null][] = [
    ["approval", approval ?? null],
    ["state", outcome === null ? (state ?? null) : `${state}: ${outcome}`],
    ["tool", claims.tool ?? null],
    ["digest", claims.action_digest ?? null],
    ["asked by", rules.join(", ")],
    ["policy", `${bundle?.hold ?? "–"} at hold, ${bundle?.release ?? "–"} at release`],
    ...(votes ?? []).map((vote): [string, string] => ["vote", voteText(vote)]),
    ["execute by", claims.execute_by ?? null],
    ["released", claims.consumed_at ?? null],
    ["signed", `${iat === undefined ? "–" : new Date(iat * 1_000).toISOString()} by ${iss ?? "–"}, key ${kid}`],
  ];
  return lines.map(factLine).join("\n");
}

function voteText({ vote, approver, method, at, reason = null }: ReceiptClaims["votes"][number]): string {
  return `${vote} by ${approver} (${method}) at ${at}${reason === null ? "" : `: ${reason}`}`;
}
