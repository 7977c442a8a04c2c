import type { OwnRequest } from "../domain/route.ts";
import { Refusal } from "../domain/errors.ts";
import type { Subject } from "../domain/subject.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import type { AuthzenDeps } from "./deps.ts";
import type { Question } from "./shapes.ts";

/** Below it an agent's client asks about its own agent; the rest of the path is as for other enforcement points. */
export const ownPrefix = "/access/v1/self";

const commonPrefix = "/access/v1";

/** Whether a request is an agent's own, where such requests are taken. */
export function isOwn({ own }: Pick<AuthzenDeps, "own">, { path }: Pick<OwnRequest, "path">): boolean {
  return own !== null && path.startsWith(`${ownPrefix}/`);
}

/** The same request at the path that other enforcement points use. */
export function atCommonPath<R extends OwnRequest>(request: R): R {
  return { ...request, path: commonPrefix + request.path.slice(ownPrefix.length) };
}

/** The endpoints that answers name to this caller. */
export function basePath(isOwn: boolean): string {
  return isOwn ? ownPrefix : commonPrefix;
}

/**
 * Every question of the body is about the one whose token came with it, whatever subject it names: whoever finds the token of
 * a client can ask about its agent and about nobody else.
 */
export function aboutSelf(document: JsonValue | undefined, who: Subject): JsonValue | undefined {
  if (!isJsonObject(document)) return document;
  const { evaluations } = document;
  const subject = { type: who.type, id: who.id, properties: { issuer: who.issuer } };
  return {
    ...document,
    subject,
    ...(Array.isArray(evaluations) ? { evaluations: evaluations.map(withoutSubject) } : {}),
  };
}

function withoutSubject(item: JsonValue): JsonValue {
  if (!isJsonObject(item)) return item;
  const { subject: _subject, ...rest } = item;
  return rest;
}

/**
 * What a client executes itself is of one server in the catalog; a tool behind a route is judged when it is called.
 * @throws Refusal authzen_request_invalid
 */
export function assertLocal({ resource }: Question, server: string): void {
  if (resource.type === "tool" && resource.id.startsWith(`${server}/`) && resource.id.length > server.length + 1)
    return;
  throw new Refusal("authzen_request_invalid", {
    hint: `/resource is no tool of ${server}; tools behind a route are judged when they are called`,
  });
}
