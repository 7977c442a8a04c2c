import { Refusal } from "../domain/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { Subject } from "../domain/subject.ts";
import { type Actors, actorsOf, bindingHash, boundTo, textOf } from "./bound.ts";
import type { AuthzenDeps } from "./deps.ts";
import type { Submission } from "./shapes.ts";
import { type DenialClaims, readDenial } from "./statements.ts";

/**
 * That the request is about the very question that was denied to this enforcement point, and soon enough ("Binding Token
 * Integrity" of the profile). @throws Refusal arap_invalid_denial_binding, arap_expired_denial
 */
export function verifyDenial(deps: AuthzenDeps, submission: Submission, pep: Subject): DenialClaims {
  const { denial } = submission;
  if (denial?.binding_token === undefined) unbound("there is no binding_token");
  const claims = readDenial(deps, denial.binding_token);
  if (claims === null) unbound("its binding_token was not signed here");
  if (claims.pep.iss !== pep.issuer || claims.pep.sub !== pep.id) unbound("it was denied to somebody else");
  if (denial.expires_at !== claims.denial_expires_at) unbound("expires_at is not that of the denial");
  if (denial.evaluation_id !== undefined && denial.evaluation_id !== claims.evaluation_id)
    unbound("evaluation_id is not that of the denial");
  if (bindingHash(boundTo(claims.binding_context_members, submission)) !== claims.binding_hash)
    unbound("subject, resource, action or context is not what was denied");
  if (deps.clock.now() >= claims.exp * 1_000) throw new Refusal("arap_expired_denial");
  return claims;
}

/**
 * The actors of the denied question, which may be sent as `client.actor` instead. Where the question named none, only those
 * that the caller's own credential names are believed. @throws Refusal arap_invalid_denial_binding
 */
export function verifyActors({ subject, client }: Submission, claims: DenialClaims, pep: Subject): Actors {
  const normalized = clientActors(client);
  const sent = actorsOf(subject.properties?.["act"]);
  const actors = sent.length > 0 ? sent : normalized;
  if (claims.actors.length > 0) {
    if (JSON.stringify(actors) !== JSON.stringify(claims.actors)) unbound("the actors are not those of the denial");
    return claims.actors;
  }
  const known = new Set([pep.id, ...pep.actorChain]);
  if (actors.some(([issuer, id]) => !known.has(id) || (issuer !== null && issuer !== pep.issuer)))
    unbound("client.actor cannot be verified");
  return [];
}

function clientActors(client: JsonObject | undefined): Actors {
  const actor = client?.["actor"];
  if (!isJsonObject(actor)) return [];
  return [[textOf(actor["issuer"]), String(actor["id"])], ...actorsOf(actor["act"])];
}

function unbound(hint: string): never {
  throw new Refusal("arap_invalid_denial_binding", { hint });
}
