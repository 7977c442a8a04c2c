import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import { type CheckedHeader, checkHeader } from "./header-rules.ts";
import { readSpiffeId } from "../domain/spiffe-id.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";

/** JWT-SVID §2: `typ`, when there is one, is JWT or JOSE. https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md */
export function checkSvidHeader(header: JsonObject, algorithms: readonly string[]): CheckedHeader {
  const { typ, ...rest } = header;
  if (typ !== undefined && typ !== "JWT" && typ !== "JOSE")
    throw new Refusal("token_invalid", { hint: "it is no JWT-SVID", detail: `typ ${JSON.stringify(typ)}` });
  return checkHeader(rest, algorithms);
}

/** §3.1: `sub` is a SPIFFE ID of the trust domain whose keys signed it; a domain speaks for nobody else's workloads. */
export function checkSvidClaims(claims: JsonObject, issuer: TrustedIssuer): void {
  const id = readSpiffeId(claims["sub"]);
  if (id === null || `spiffe://${id.trustDomain}` !== issuer.issuer)
    throw new Refusal("token_invalid", { hint: `its sub is no SPIFFE ID of ${issuer.issuer}` });
}
