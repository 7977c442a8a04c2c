import type { ReceiptClaims } from "../approvals/receipts.ts";
import { visible } from "./visible.ts";

/** A receipt for people; everything in it is signed. */
export function receiptText(claims: ReceiptClaims, kid: string): string {
  const lines: [string, string][] = [
    ["approval", claims.approval],
    ["state", claims.outcome === null ? claims.state : `${claims.state}: ${claims.outcome}`],
    ["tool", claims.tool],
    ["digest", claims.action_digest],
    ["asked by", claims.rules.join(", ")],
    ["policy", `${claims.bundle.hold} at hold, ${claims.bundle.release ?? "–"} at release`],
    ...claims.votes.map((vote): [string, string] => [
      "vote",
      `${vote.vote} by ${vote.approver} (${vote.method}) at ${vote.at}${vote.reason === null ? "" : `: ${vote.reason}`}`,
    ]),
    ["execute by", claims.execute_by ?? "–"],
    ["signed", `${new Date(claims.iat * 1_000).toISOString()} by ${claims.iss}, key ${kid}`],
  ];
  return ["The receipt holds.", ...lines.map(([name, value]) => `${name.padEnd(11)} ${visible(value)}`)].join("\n");
}
