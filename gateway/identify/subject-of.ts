import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Subject } from "../domain/subject.ts";
import { delegation } from "./actors.ts";
import { claimAt, subjectName, textAt, wordsAt } from "./claim-at.ts";
import type { KeyBinding } from "./key-binding.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";

/** Claims travel into every policy input and record of the caller. */
const maxClaimsBytes = 4096;

export interface VerifiedClaims {
  readonly claims: JsonObject;
  readonly issuer: TrustedIssuer;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** Null for a bearer token. */
  readonly binding: KeyBinding | null;
}

/**
 * Verified claims become the caller. Frozen: one object serves every call made with the same token. Its `proof` says
 * what the token is bound to, so nobody may be given it before `prove-possession.ts` has seen this very call's proof.
 */
export function subjectOf({ claims, issuer, expiresAt, binding }: VerifiedClaims): Subject {
  if (Buffer.byteLength(JSON.stringify(claims)) > maxClaimsBytes) {
    throw new Refusal("token_invalid", { hint: `its claims are larger than ${maxClaimsBytes} bytes` });
  }
  const { id, actingFor, actorChain } = delegation(claims, issuer.claims.actingFor);
  return freeze({
    type: issuer.subjectType,
    id,
    issuer: issuer.issuer,
    clientId: textAt(claims, issuer.claims.client),
    roles: [...wordsAt(claims, issuer.claims.roles), ...rolesOf(issuer, id)],
    scopes: wordsAt(claims, issuer.claims.scopes),
    claims,
    proof: proofOf(binding),
    actingFor,
    owner: ownerAt(claims, issuer.claims.owner),
    actorChain,
    session: textAt(claims, issuer.claims.session, 128),
    purpose: textAt(claims, issuer.claims.purpose, 512),
    expiresAt,
  } satisfies Subject);
}

function ownerAt(claims: JsonObject, name: string): string | null {
  const value = claimAt(claims, name);
  return value === null ? null : subjectName(value, name);
}

/** Roles that the configuration gives a SPIFFE workload. */
export function rolesOf({ workloads }: TrustedIssuer, id: string): readonly string[] {
  return Object.hasOwn(workloads, id) ? (workloads[id] ?? []) : [];
}

function proofOf(binding: KeyBinding | null): Subject["proof"] {
  if (binding === null) return { method: "none", key: null };
  return binding.jkt === null ? { method: "mtls", key: binding.x5t } : { method: "dpop", key: binding.jkt };
}

export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}
