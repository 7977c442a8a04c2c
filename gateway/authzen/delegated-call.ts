import { z } from "zod";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { listedKinds } from "../domain/definition-kinds.ts";
import type { Subject } from "../domain/subject.ts";
import { type Actors, actorsOf, type Bound, boundOf, machinery } from "./bound.ts";
import { person } from "./named-people.ts";
import { PropertyReader, type Question } from "./shapes.ts";
import type { ActionBinding } from "../domain/approval.ts";
import type { Asserted } from "../domain/asserted-input.ts";
import type { BoundFacts } from "../domain/binding.ts";
import { declaredIntent, digested, resourceId, type ToolCall } from "../domain/tool-call.ts";
import type { Route } from "../domain/route.ts";

/** A question of an enforcement point in the words of the gateway. */
export interface DelegatedQuestion {
  readonly bound: Bound;
  readonly actors: Actors;
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly asserted: Asserted;
  readonly catalogued: readonly string[];
  readonly binding: (facts: BoundFacts) => ActionBinding;
}

/** Who asks; `isOwn`: about itself, so that its subject is the one whose token it sent. */
export interface Asker {
  readonly pep: Subject;
  readonly isOwn: boolean;
}

export interface DelegationDeps {
  readonly route: Route;
  /** The decision point's identifier. */
  readonly origin: string;
  readonly ignoredContext: readonly string[];
}

const evaluationPath = "/access/v1/evaluation";

const object = z.custom<JsonObject>(isJsonObject);
const word = z.string().min(1).max(1_024);
const words = z.array(z.string());
const proof = z.object({ method: z.enum(["dpop", "mtls", "none"]), key: z.string().nullable() });
const intent = z.object({ purpose: z.string().min(1) });
const session = z.object({ id: z.string().regex(/^[\x21-\x7e]{1,256}$/) });
const request = z.object({
  host: z.string().default(""),
  path: z.string().default(""),
  segments: z.array(z.string()).default([]),
  query: z.array(z.tuple([z.string(), z.string()])).default([]),
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/), z.string()).default({}),
});

/**
 * Reads a question as the call it is about. What the gateway knows itself (catalog, definition, session, approval, risk,
 * time) is never taken from it. `actors` are those of a submission that carries them as `client.actor`.
 */
export function delegatedQuestion(
  question: Question,
  { pep, isOwn }: Asker,
  deps: DelegationDeps,
  actors: Actors | null = null,
): DelegatedQuestion {
  const who = isOwn ? itself(pep) : readSubject(question.subject, actors);
  const context = new PropertyReader(question.context).drop([...machinery, ...deps.ignoredContext]);
  const args = context.take("arguments", object, null);
  const purpose = context.take("intent", intent, null)?.purpose ?? null;
  const stated = context.take("session", session, null)?.id ?? null;
  const resource = new PropertyReader(question.resource.properties);
  const sent = resource.take("request", request, request.parse({}));
  const action = new PropertyReader(question.action.properties);
  const method = action.take("method", z.string(), "none");
  const target = targetOf(question.resource);
  const bound = boundOf(question, deps.ignoredContext);
  const declared = { declaredIntent: declaredIntent(purpose), declaredSession: stated };
  const call = { ...callOf(question, target, deps), ...declared };
  const asking = { issuer: pep.issuer, id: pep.id, client_id: pep.clientId, roles: pep.roles, scopes: pep.scopes };
  return {
    bound,
    actors: who.actors,
    call: { ...call, arguments: args ?? {}, argumentsOmitted: args === null },
    subject: who.subject,
    asserted: {
      subject: { type: question.subject.type, properties: who.asserted },
      action: { method, properties: action.rest },
      resource: { type: question.resource.type, id: question.resource.id, request: sent, properties: resource.rest },
      context: context.rest,
      pep: asking,
    },
    catalogued: target.catalogued,
    binding: (facts) => bindingOf({ call, subject: who.subject, facts, pep, bound, actors: who.actors }),
  };
}

interface Target {
  readonly server: string;
  readonly name: string;
  readonly resourceType: ToolCall["resourceType"];
  readonly catalogued: readonly string[];
}

const ownTypes: ReadonlySet<string> = new Set(listedKinds);

/**
 * Tools, prompts and resources are named as everywhere in this gateway, `server/name`. Any other type stands in the place of
 * a server, so that the catalog may describe all things of the type under "*", or one of them by its id.
 */
function targetOf({ type, id }: Question["resource"]): Target {
  if (type === "server") return { server: id, name: id, resourceType: "server", catalogued: [id] };
  const [, server, name] = /^([^/]+)\/(.+)$/s.exec(id) ?? [];
  if (ownTypes.has(type) && server !== undefined && name !== undefined)
    return { server, name, resourceType: type as ToolCall["resourceType"], catalogued: [name] };
  return { server: type, name: id, resourceType: "tool", catalogued: [id, "*"] };
}

const nothing = Buffer.alloc(0);

function callOf(question: Question, { server, name, resourceType }: Target, { route, origin }: DelegationDeps) {
  return {
    route: { ...route, server },
    request: {
      ...digested("POST", evaluationPath, null, nothing),
      origin,
      path: evaluationPath,
      segments: evaluationPath.slice(1).split("/"),
      query: [],
      host: "",
      // What the question says of its request stands in its place.
      document: {},
      headers: [],
      body: nothing,
    },
    action: question.action.name,
    resourceType,
    name,
    argumentsRead: null,
    beside: {},
    declaredTrace: null,
    preferWait: null,
    idempotencyKey: null,
    definition: null,
    mcp: null,
  };
}

interface ToBind {
  readonly call: Pick<ToolCall, "route" | "request" | "action" | "resourceType" | "name">;
  readonly subject: Subject;
  readonly facts: BoundFacts;
  readonly pep: Subject;
  readonly bound: Bound;
  readonly actors: Actors;
}

/** The question whole stands where a call's arguments do, so that approvers read all of what they approve. */
function bindingOf({ call, subject, facts, pep, bound, actors }: ToBind): ActionBinding {
  return {
    contract: 1,
    gateway: facts.environment,
    subject: { issuer: subject.issuer, id: subject.id, key: subject.proof.key },
    acting_for: subject.actingFor?.id ?? null,
    agent_owner: subject.owner,
    session: facts.session.id,
    session_trust: facts.session.trust,
    task: facts.task?.id ?? null,
    route: call.route.id,
    protocol: "authzen",
    method: call.request.method,
    origin: call.request.origin,
    path: call.request.path,
    query: [],
    content_type: null,
    headers: [],
    action: call.action,
    tool: resourceId(call),
    definition_digest: facts.definition.digest,
    arguments: { ...bound },
    body_digest: null,
    beside: { enforcement_point: { issuer: pep.issuer, id: pep.id }, actors: everyActor(actors, subject) },
    sensitivity: facts.catalog.sensitivity,
    reversible: facts.catalog.reversible,
  };
}

/** Whoever is named only in `actor_chain` is an actor too, and may not approve. */
function everyActor(actors: Actors, { actorChain }: Subject): Actors {
  const known = new Set(actors.map(([, id]) => id));
  const others = actorChain.filter((id) => !known.has(id));
  return [...actors, ...others.map((id) => [null, id] as const)];
}

/** Proven by its own token: what a question says of its subject beside that is not read. */
function itself(pep: Subject): ReturnType<typeof readSubject> {
  return { subject: pep, actors: [], asserted: {} };
}

/** No issuer is named: the id is only as good as whoever asks. */
const unnamed = "none";

/**
 * Whom the question is about, as the enforcement point says: it has seen their credentials and enforces the answer, so it
 * is believed ("Trust" in the API's security considerations). Only that it is who it is was proven here.
 */
function readSubject(
  { id, properties }: Question["subject"],
  sentBeside: Actors | null,
): { readonly subject: Subject; readonly actors: Actors; readonly asserted: JsonObject } {
  const reader = new PropertyReader(properties);
  const actors = actorsOf(properties?.["act"]);
  const chain = actors.length > 0 ? actors : (sentBeside ?? []);
  const subject: Subject = {
    type: "user",
    id,
    issuer: reader.take("issuer", word, unnamed),
    clientId: reader.take("client_id", word, null),
    roles: reader.take("roles", words, []),
    scopes: reader.take("scopes", words, []),
    claims: reader.take("claims", object, {}),
    claimsOmitted: [],
    proof: reader.take("proof", proof, { method: "none", key: null }),
    actingFor: reader.take("acting_for", person, null),
    owner: word.safeParse(properties?.["owner"]).data ?? null,
    actorChain: reader.take(
      "actor_chain",
      words,
      chain.map(([, actor]) => actor),
    ),
    session: null,
    purpose: null,
    taskText: null,
    task: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
    token: null,
  };
  return { subject, actors: chain, asserted: reader.drop(["act"]).rest };
}
