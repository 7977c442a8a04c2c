import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { Question } from "./shapes.ts";

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
export function boundTo(members: readonly string[], question: Question): Bound {
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

export function textOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
