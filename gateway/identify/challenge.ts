import type { IncomingMessage } from "node:http";
import { type ErrorCode, Refusal } from "../domain/errors.ts";

/** What a refused caller is told besides the code: how to come back. */
export interface ChallengeFacts {
  readonly req: IncomingMessage;
  /** Of DPoP proofs; empty when the route trusts no issuer of tokens. */
  readonly algorithms: readonly string[];
  /** RFC 9728 §5.1; null when the route publishes none. */
  readonly metadata: string | null;
  /** Made anew for each. */
  readonly nonce: () => string;
}

/** RFC 9449 §7.1 and §8; everything else about a token is invalid_token (RFC 6750 §3.1). */
const errors: Partial<Record<ErrorCode, string>> = {
  proof_nonce: "use_dpop_nonce",
  proof_invalid: "invalid_dpop_proof",
  proof_replayed: "invalid_dpop_proof",
};

/** The same refusal with its challenge, when it is a 401: both schemes, the one that was tried first. */
export function challenged(refusal: Refusal, facts: ChallengeFacts): Refusal {
  if (refusal.status !== 401) return refusal;
  const { code, hint, detail, cause } = refusal;
  const tried = /^dpop /i.test(facts.req.headers.authorization ?? "") ? "DPoP" : "Bearer";
  const schemes = facts.algorithms.length === 0 ? ["Bearer"] : ["Bearer", "DPoP"];
  const failed = code === "credential_missing" ? null : (errors[code] ?? "invalid_token");
  const ordered = schemes.toSorted((a, b) => Number(b === tried) - Number(a === tried));
  const value = ordered.map((scheme) => challenge(scheme, scheme === tried ? failed : null, code, facts)).join(", ");
  const nonce = code === "proof_nonce" ? { "DPoP-Nonce": facts.nonce() } : {};
  return new Refusal(code, {
    ...(hint === null ? {} : { hint }),
    ...(detail === null ? {} : { detail }),
    cause: cause ?? refusal,
    headers: { "WWW-Authenticate": value, ...nonce },
  });
}

function challenge(scheme: string, failed: string | null, code: ErrorCode, facts: ChallengeFacts): string {
  const parameters = [
    `realm="sallyport"`,
    ...(failed === null ? [] : [`error="${failed}"`, `error_description="${code}"`]),
    ...(scheme === "DPoP" ? [`algs="${facts.algorithms.join(" ")}"`] : []),
    ...(facts.metadata === null ? [] : [`resource_metadata="${facts.metadata}"`]),
  ];
  return `${scheme} ${parameters.join(", ")}`;
}
