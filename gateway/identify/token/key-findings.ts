import type { Finding } from "../../domain/ports.ts";
import type { TokenIssuers } from "./verify-token.ts";

/** Issuers whose tokens cannot be verified, or not much longer. The gateway's own keys are in the store, which has findings of its own. */
export function keyFindings(issuers: TokenIssuers): Finding[] {
  return [...issuers.values()].flatMap((opened) => {
    if (!("keySet" in opened) || opened.issuer.keys.kind === "own") return [];
    const problem = opened.keySet.problem();
    if (problem === null) return [];
    const { why, since, hasOldKeys } = problem;
    const effect = hasOldKeys ? "the keys that were loaded before count for a while" : "its tokens are refused";
    return [
      {
        name: "issuer-keys",
        problem: `there are no usable keys of issuer ${opened.issuer.issuer} since ${new Date(since).toISOString()}, and ${effect}: ${why}`,
        fix: "mend the key set of the issuer, or where `jwks` of the issuer looks for it; it is loaded again by itself",
        severity: "degraded",
      },
    ];
  });
}
