import { Refusal } from "../../domain/errors.ts";
import type { Subject, SubjectToken } from "../../domain/subject.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import { deepFreeze, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type KeyBinding, strictClaimAt, subjectName, textAt, wordsAt } from "./claims.ts";
import { inputClaims, purposeAt, taskTextAt, withoutClaim } from "./input-claims.ts";

interface SubjectSource {
  readonly claims: JsonObject;
  readonly issuer: TrustedIssuer;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** Null for a bearer token. */
  readonly binding: KeyBinding | null;
  /** SHA-256 of the token, base64url. */
  readonly digest: string;
}

/**
 * Makes the caller of verified claims. Frozen: one object serves every call made with the same token. Its `proof` is the key
 * that the token is bound to; `provePossession` must check the proof of the current call before the subject is used.
 * @throws Refusal token_invalid
 */
export function subjectOf({ claims, issuer, expiresAt, binding, digest }: SubjectSource): Subject {
  // The text of a task may hold what is private, and these claims are in every input and record.
  const withoutText = withoutClaim(claims, issuer.claims.taskText);
  const { kept, omitted } = inputClaims(withoutText);
  const { id, actingFor, actorChain } = delegation(withoutText, kept, issuer.claims.actingFor);
  return deepFreeze({
    type: issuer.subjectType,
    id,
    issuer: issuer.issuer,
    clientId: textAt(claims, issuer.claims.client),
    roles: [...wordsAt(claims, issuer.claims.roles), ...rolesOf(issuer, id)],
    scopes: wordsAt(claims, issuer.claims.scopes),
    claims: kept,
    claimsOmitted: omitted,
    ...proofOf(binding),
    actingFor,
    owner: ownerAt(claims, issuer.claims.owner),
    actorChain,
    session: textAt(claims, issuer.claims.session, 128),
    purpose: purposeAt(claims, issuer.claims.purpose),
    taskText: taskTextAt(claims, issuer.claims.taskText),
    task: issuer.claims.task === null ? null : textAt(claims, issuer.claims.task, 64),
    expiresAt,
    token: tokenOf(claims, issuer, digest),
  } satisfies Subject);
}

/** What its issuer names it by, when that is a text; a token need not have any of it. */
function tokenOf({ jti, iat, auth_time }: JsonObject, { keys }: TrustedIssuer, digest: string): SubjectToken {
  // The gateway renews its own without the person: they are from when it was proven who that is.
  const since = keys.kind === "own" && typeof auth_time === "number" ? auth_time : iat;
  return {
    digest,
    jti: typeof jti === "string" && jti !== "" ? jti : null,
    issuedAt: typeof since === "number" ? since * 1_000 : null,
  };
}

function ownerAt(claims: JsonObject, name: string): string | null {
  const value = strictClaimAt(claims, name);
  return value === null ? null : subjectName(value, name);
}

/** Roles that the configuration gives a SPIFFE workload. */
export function rolesOf({ workloads }: TrustedIssuer, id: string): readonly string[] {
  return Object.hasOwn(workloads, id) ? (workloads[id] ?? []) : [];
}

/** The key that the token is bound to, and the certificate where it is bound to both. */
export function proofOf(binding: KeyBinding | null): Pick<Subject, "proof" | "certificate"> {
  if (binding === null) return { proof: { method: "none", key: null } };
  const { jkt, x5t } = binding;
  if (jkt === null) return { proof: { method: "mtls", key: x5t } };
  return { proof: { method: "dpop", key: jkt }, ...(x5t === null ? {} : { certificate: x5t }) };
}

interface Delegation {
  /** Who calls. */
  readonly id: string;
  readonly actingFor: { readonly id: string; readonly claims: JsonObject } | null;
  /** The current actor first, then those before it. */
  readonly actorChain: readonly string[];
}

const maxActors = 8;

/** Claims about the token, not about the person it was issued for. */
const aboutTheToken = new Set(["iss", "aud", "exp", "iat", "nbf", "jti", "act", "cnf", "may_act"]);

/**
 * Who calls, and for whom (RFC 8693 §4.1). With `act` the token's `sub` is the party that delegated and the outermost `act` is
 * the current actor, so the caller is the actor and acts for `sub`: an agent with a person's token must not be judged, limited
 * or approved as if it were that person. Inner actors are history; §4.1 forbids deciding by them, and they are only in the
 * chain. Without `act`, `sub` calls for itself, unless the configuration names a claim that says otherwise.
 *
 * The person's claims are taken from `kept`, those that the policy input has room for.
 */
function delegation(claims: JsonObject, kept: JsonObject, actingForClaim: string | null): Delegation {
  const sub = subjectName(claims["sub"], "sub");
  const actorChain = actors(claims["act"], claims["iss"]);
  // Read also when there is `act`: a claim that cannot be read is refused in every token.
  const named = actingForClaim === null ? null : personAt(claims, actingForClaim);
  const [actor] = actorChain;
  if (actor !== undefined) return { id: actor, actingFor: { id: sub, claims: personal(kept) }, actorChain };
  return { id: sub, actingFor: named, actorChain };
}

function actors(act: JsonValue | undefined, issuer: JsonValue | undefined): string[] {
  const chain: string[] = [];
  for (let level = act; level !== undefined; level = (level as JsonObject)["act"]) {
    if (typeof level !== "object" || level === null || Array.isArray(level))
      throw new Refusal("token_invalid", { hint: "its claim act is not an object" });
    if (chain.length === maxActors)
      throw new Refusal("token_invalid", { hint: `its claim act is nested more than ${maxActors} deep` });
    const actor = level as JsonObject;
    // A name of another issuer would be taken for a name of this issuer.
    if (actor["iss"] !== undefined && actor["iss"] !== issuer)
      throw new Refusal("token_invalid", { hint: "its claim act names an actor of another issuer" });
    chain.push(subjectName(actor["sub"], "act.sub"));
  }
  return chain;
}

function personal(claims: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !aboutTheToken.has(name)));
}

function personAt(claims: JsonObject, claim: string): Delegation["actingFor"] {
  const value = strictClaimAt(claims, claim);
  if (value === null) return null;
  if (typeof value === "object" && !Array.isArray(value)) {
    const person = value as JsonObject;
    return { id: subjectName(person["sub"], `${claim}.sub`), claims: inputClaims(person).kept };
  }
  return { id: subjectName(value, claim), claims: {} };
}
