import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { TrustedIssuer } from "../trusted-issuer.ts";

/**
 * An active answer as the claims of a token (RFC 7662 §2.2). A client that calls for itself is named by `client_id` alone.
 * @throws Refusal when the answer is about another issuer's token, or about something else than an access token
 */
export function answerClaims(answer: JsonObject, issuer: TrustedIssuer): JsonObject {
  const { active: _active, ...claims } = answer;
  if (claims["iss"] !== undefined && claims["iss"] !== issuer.issuer) {
    throw new Refusal("token_issuer_unknown", {
      detail: `${issuer.issuer} answers with iss ${JSON.stringify(claims["iss"]).slice(0, 200)}`,
    });
  }
  const { token_type: type } = claims;
  if (type !== undefined && (typeof type !== "string" || !["bearer", "dpop"].includes(type.toLowerCase())))
    throw new Refusal("token_invalid", { hint: "it is not an access token" });
  return {
    ...claims,
    ...(claims["sub"] === undefined && claims["client_id"] !== undefined ? { sub: claims["client_id"] } : {}),
  };
}
