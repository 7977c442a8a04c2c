import { Refusal } from "../domain/errors.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import { withArgumentsRead } from "../domain/arguments-read.ts";
import { type CanonicalRequest, type ToolCall, digested } from "../domain/tool-call.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import type { Head } from "./head.ts";
import { formType, isJsonType } from "../lib/media-type.ts";
import { type RequestRules, type WholeRequestOptions, wholeRequests } from "./body.ts";
import { rootOf } from "./target/names.ts";
import { type QueryPairs, readForm } from "./target/query.ts";
import { type Operation, type OperationFinder, operationFinder } from "./openapi/operation-finder.ts";
import {
  type DeclaredOverrides,
  noOverrides,
  refuseOverride,
  refuseOverridingMember,
} from "./openapi/method-override.ts";
import { LARGE_BODY, ReadJson, readJson } from "./json/read-json.ts";
import { readDeclaredByCaller } from "./declared-by-caller.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { SessionOpener } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { readMcpCall } from "./mcp/mcp-reader.ts";
import { withOpenedSession } from "./opened-session.ts";
import { routeMap } from "./target/route-map.ts";

export type Parse = (exchange: Exchange) => Promise<ToolCall>;

const noNames: ReadonlySet<string> = new Set();

interface RouteReading {
  readonly accepted: ReadonlySet<string>;
  readonly operation: OperationFinder;
}

export interface ParseOptions extends WholeRequestOptions {
  /** Opens the ids of transport sessions that the gateway has given out. Absent: it has given out none. */
  readonly sessions?: SessionOpener;
}

/**
 * Builds the first step of the request path: it turns a request into a ToolCall. The returned function must be called
 * in the tick of the server's `request` event; see `wholeRequests`.
 * @throws Error at once when the routes or their OpenAPI documents have two meanings
 */
export function createParse(routes: readonly Route[], { sessions, ...options }: ParseOptions): Parse {
  const readings = new Map(routes.map((route) => [route, routeReading(route)]));
  const readingOf = (route: Route) => readings.get(route) as RouteReading;
  const rules: RequestRules = {
    accepted: (route) => readingOf(route).accepted,
    mayRepeat: ({ method, route, target }) =>
      readingOf(route).operation(method, target.upstream.segments)?.lists ?? noNames,
  };
  const whole = wholeRequests(routeMap(routes), rules, options);
  return async function parse(exchange) {
    const { head: sent, contentType, body } = await whole(exchange);
    const opening = sessions === undefined ? sent : withOpenedSession(sent, sessions);
    const head = opening instanceof Promise ? await opening : opening;
    const request = canonicalRequest(head, contentType, body);
    return head.route.protocol === "mcp"
      ? readMcpCall(head, request, exchange)
      : readHttpCall(head, request, readingOf(head.route).operation);
  };
}

function routeReading(route: Route): RouteReading {
  try {
    return { accepted: new Set(route.body.accept), operation: operationFinder(route.openapi) };
  } catch (cause) {
    throw new Error(`route ${route.id}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * The one request that is judged and sent: the upstream's origin, the canonical path and query, the same body bytes.
 * @throws Refusal header_refused
 */
function canonicalRequest(head: Head, contentType: string | null, body: Buffer): CanonicalRequest {
  const { method, headers, target, route } = head;
  const { upstream } = target;
  const { all, named } = forwardedHeaders(headers, route);
  return {
    ...digested(method, upstream.target, contentType, body, named),
    origin: route.upstream.origin,
    path: upstream.path,
    segments: upstream.segments,
    query: target.query,
    host: target.host,
    document: named.length === 0 ? target.document : { ...target.document, headers: Object.fromEntries(named) },
    headers: all,
    body,
  };
}

/**
 * Reads a call of a plain HTTP tool API: the OpenAPI operation is the tool; path, query, body and the headers that it declares give its arguments.
 * @throws Refusal json_*, arguments_collide, query_ambiguous, header_refused
 */
function readHttpCall(head: Head, request: CanonicalRequest, find: OperationFinder): ToolCall {
  const operation = find(head.method, request.segments);
  const body = readBody(head, request, operation?.formLists ?? noNames);
  refuseOverrides(request, body, operation?.overrides ?? noOverrides);
  const stated = readDeclaredByCaller(head.headers, null, head.route.session);
  const elsewhere = [
    operation?.parameters ?? [],
    declaredHeaders(request, operation),
    listed(request.query, operation?.lists ?? noNames),
  ];
  // Its members are the arguments, and there are no others.
  const whole =
    body instanceof ReadJson && body.isObject && elsewhere.every(({ length }) => length === 0) ? body : null;
  const call = {
    route: head.route,
    request,
    action: "tools/call",
    resourceType: "tool",
    name: operation?.name ?? `${judgedMethod(head.method)} ${request.path}`,
    argumentsRead: whole,
    argumentsOmitted: body === null,
    // To the tool server, a bare array or text is a different call from an object with that value as its member "body".
    beside: isBare(body) ? { body: "not an object" } : {},
    declaredIntent: stated.declaredIntent,
    declaredSession: stated.declaredSession,
    declaredTrace: stated.declaredTrace,
    preferWait: stated.preferWait,
    idempotencyKey: stated.idempotencyKey,
    definition: operation?.definition ?? null,
    mcp: null,
  } as const;
  if (whole === null) return { ...call, arguments: merged([...elsewhere, body === null ? [] : namedIn(body)]) };
  if (request.body.length < LARGE_BODY) return { ...call, arguments: whole.value as JsonObject };
  return withArgumentsRead(call);
}

/** HEAD is GET without a body in the answer, where no document says otherwise. */
function judgedMethod(method: string): string {
  return method === "HEAD" ? "GET" : method;
}

const noHeaders: Named = [];

/**
 * Of the headers that are forwarded those that the document declares as parameters, by its spelling.
 * @throws Refusal header_refused when one is given twice
 */
function declaredHeaders({ headers }: CanonicalRequest, operation: Operation | null): Named {
  if (operation === null || operation.headers.length === 0) return noHeaders;
  return operation.headers.flatMap(([lower, name]) => {
    const [first, ...others] = headers.filter(([given]) => given === lower);
    // Of two lines, one tool server uses the first and another the last.
    if (others.length > 0) throw new Refusal("header_refused", { hint: `${lower} is given twice` });
    return first === undefined ? [] : [[name, first[1]] as const];
  });
}

/** Policy sees a list for every parameter that the document declares as one, also when a single value is given. */
function listed(pairs: QueryPairs, lists: ReadonlySet<string>): Named {
  if (lists.size === 0) return pairs;
  const values = new Map<string, JsonValue>();
  for (const [name, value] of pairs) {
    const list = values.get(name);
    if (Array.isArray(list)) list.push(value);
    else values.set(name, lists.has(name) ? [value] : value);
  }
  return [...values];
}

type Named = readonly (readonly [string, JsonValue])[];

/** Null when the body is not for policy or has no reading as arguments. */
function readBody(head: Head, request: CanonicalRequest, lists: ReadonlySet<string>): ReadJson | Named | null {
  const { contentType: type, body } = request;
  if (type === null) return [];
  if (head.route.body.policy === "omit") return null;
  if (isJsonType(type)) return readJson(body, head.route.body.limits);
  return type === formType ? listed(readForm(body, lists), lists) : null;
}

function refuseOverrides(
  { query }: CanonicalRequest,
  body: ReadJson | Named | null,
  declared: DeclaredOverrides,
): void {
  refuseOverride(query, declared.query);
  if (body instanceof ReadJson) refuseOverridingMember(body, declared.body);
  else if (body !== null) refuseOverride(body, declared.body);
}

function isBare(body: ReadJson | Named | null): boolean {
  return body instanceof ReadJson && !body.isObject;
}

/** The members of a JSON object, or the fields of a form in their order. A JSON value that is no object is named "body" for policy. */
function namedIn(body: ReadJson | Named): Named {
  if (!(body instanceof ReadJson)) return body;
  return body.isObject ? Object.entries(body.value as JsonObject) : [["body", body.value]];
}

/** Merges all sources into one flat object; with a name in two places it would be unknown which of them the upstream uses. */
function merged(sources: readonly Named[]): JsonObject {
  const filled = sources.filter(({ length }) => length > 0);
  if (filled.length > 1) refuseShared(filled);
  return Object.fromEntries(filled.flat());
}

/** Names with one root are one name, or parts of one, to some frameworks. */
function refuseShared(sources: readonly Named[]): void {
  const places = new Map<string, Named>();
  for (const source of sources) {
    for (const [name] of source) {
      const root = rootOf(name);
      if ((places.get(root) ?? source) !== source) throw new Refusal("arguments_collide", { hint: name.slice(0, 80) });
      places.set(root, source);
    }
  }
}
