import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Subject } from "../domain/subject.ts";
import { delegation } from "./actors.ts";
import { textAt, wordsAt } from "./claim-at.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";

/** Claims travel into every policy input and record of the caller. */
const maxClaimsBytes = 4096;

/** Verified claims become the caller. Frozen: one object serves every call made with the same token. */
export function subjectOf(claims: JsonObject, issuer: TrustedIssuer, expiresAt: number): Subject {
  if (Buffer.byteLength(JSON.stringify(claims)) > maxClaimsBytes) {
    throw new Refusal("token_invalid", { hint: `its claims are larger than ${maxClaimsBytes} bytes` });
  }
  // RFC 9449 §7.2, RFC 8705 §3: a token bound to a key is worth nothing without the proof; as Bearer it is a stolen one.
  if (claims["cnf"] !== undefined) throw new Refusal("token_proof_missing");
  const { id, actingFor, actorChain } = delegation(claims, issuer.claims.actingFor);
  return freeze({
    type: issuer.subjectType,
    id,
    issuer: issuer.issuer,
    clientId: textAt(claims, issuer.claims.client),
    roles: wordsAt(claims, issuer.claims.roles),
    scopes: wordsAt(claims, issuer.claims.scopes),
    claims,
    proof: { method: "none", key: null },
    actingFor,
    actorChain,
    session: textAt(claims, issuer.claims.session, 128),
    purpose: textAt(claims, issuer.claims.purpose, 512),
    expiresAt,
  } satisfies Subject);
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}
