import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { Refusal } from "../domain/errors.ts";
import type { Subject } from "../domain/subject.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { AuthzenDeps } from "./deps.ts";
import type { Question, Submission } from "./shapes.ts";
import { type DenialClaims, readDenial } from "./statements.ts";

/** What a denial, an approval request and a re-evaluation must have in common: the exact-match scope of the profile. */
export interface Bound {
  readonly subject: JsonObject;
  readonly resource: JsonObject;
  readonly action: JsonObject;
  /** The authorization-relevant members alone. */
  readonly context: JsonObject;
}

/** Members of `context` by which the protocol itself speaks. */
export const machinery = ["access_request", "evaluation_id", "evaluated_at", "reason", "approval"] as const;

/** Every other member may change what policy says, so every other one is bound, but those the operator said to ignore. */
export function boundOf({ subject, resource, action, context }: Question, ignored: readonly string[]): Bound {
  const left = new Set<string>([...machinery, ...ignored]);
  return {
    subject: entity({ ...subject, properties: withoutActor(subject.properties) }),
    resource: entity(resource),
    action: entity(action),
    context: Object.fromEntries(Object.entries(context ?? {}).filter(([name]) => !left.has(name))),
  };
}

/** A submission says more in its context than the question did; only what the denial names is compared. */
function boundTo(members: readonly string[], question: Question): Bound {
  const { context = {}, ...rest } = question;
  const named = Object.entries(context).filter(([name]) => members.includes(name));
  return boundOf({ ...rest, context: Object.fromEntries(named) }, []);
}

/** base64url(SHA-256(JCS)), equal exactly when both are equal as JSON (RFC 8785). */
export function bindingHash({ subject, resource, action, context }: Bound): string {
  return hash("sha256", canonical({ subject, resource, action, context }), "base64url");
}

export function bodyDigest(document: JsonValue): string {
  return hash("sha256", canonical(document), "base64url");
}

function canonical(value: unknown): string {
  return canonicalize(value) ?? "";
}

/** Only what the API describes; absent members stay absent. */
function entity(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** The profile binds the actor elsewhere: it may be sent as `client.actor` instead. */
function withoutActor(properties: JsonObject | undefined): JsonObject | undefined {
  if (properties === undefined || !Object.hasOwn(properties, "act")) return properties;
  const { act: _act, ...rest } = properties;
  return rest;
}

/** Issuer and id of each actor, the immediate one first. */
export type Actors = readonly (readonly [issuer: string | null, id: string])[];

/** The actors of an `act` whose form was checked; none when there is none. */
export function actorsOf(act: JsonValue | undefined): Actors {
  const chain: (readonly [string | null, string])[] = [];
  for (let level = act; isJsonObject(level); level = level["act"])
    chain.push([textOf(level["iss"]), String(level["sub"])]);
  return chain;
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

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
