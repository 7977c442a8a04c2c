import { outcome } from "../../domain/decision-record.ts";
import { asRefusal, Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import { recordedChange, type RecordedLeaseChange } from "../../domain/lease.ts";
import type { OwnRequest } from "../../domain/route.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { firstHeader } from "../../lib/request-headers.ts";
import { close } from "./close.ts";
import type { TaskRequest, TaskAnswer, TaskEndpointDeps } from "./deps.ts";
import { open } from "./open.ts";
import { show } from "./show.ts";
import { exchangeToken } from "./token.ts";

/** What is done, recorded before it is. */
export interface TaskStep extends RecordedLeaseChange {
  readonly act: () => Promise<TaskAnswer>;
}

type Handler = (deps: TaskEndpointDeps, request: TaskRequest) => Promise<TaskStep | TaskAnswer>;

/** Everything under /tasks that needs to know who asks. */
const endpoints: readonly { readonly path: RegExp; readonly methods: Readonly<Record<string, Handler>> }[] = [
  { path: /^\/tasks$/, methods: { POST: open } },
  { path: /^\/tasks\/token$/, methods: { POST: exchangeToken } },
  { path: /^\/tasks\/([^/]+)$/, methods: { GET: show } },
  { path: /^\/tasks\/([^/]+)\/close$/, methods: { POST: close } },
  { path: /^\/tasks\/([^/]+)\/token$/, methods: { POST: exchangeToken } },
];

/**
 * POST /tasks, GET /tasks/{id}, POST /tasks/{id}/close and POST /tasks/{id}/token, for orchestrators and agents. What changes
 * something is recorded before it takes effect: no record, no task. Never rejects.
 */
export function taskEndpoint(deps: TaskEndpointDeps): (exchange: Exchange) => Promise<void> {
  return async function answer(exchange) {
    try {
      const request = await deps.read(exchange);
      if (request.path === "/tasks/jwks.json") return write(exchange, await keySet(deps, request));
      const { handler, id } = handlerOf(request);
      const sent = withSubjectToken(exchange, handler, request);
      const caller = await deps.callerOf(sent, namedRoute(request), sent !== exchange);
      exchange.context.subject = caller.subject;
      const step = await handler(deps, { exchange, request, caller, id });
      if ("act" in step) await carryOut(deps, exchange, step);
      else write(exchange, step);
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      // Looking at a task is no decision, and neither is being refused to.
      if (exchange.req.method === "GET" && refusal.status < 500) deps.refuse(exchange, refusal);
      else await deps.refuseRecorded(exchange, refusal);
    }
  };
}

/** @throws Refusal route_unknown, method_refused */
function handlerOf({ method, path }: OwnRequest): { readonly handler: Handler; readonly id: string | null } {
  const endpoint = endpoints.find((one) => one.path.test(path));
  if (endpoint === undefined)
    throw new Refusal("route_unknown", { hint: "there is /tasks/{id}, with /close and /token" });
  const { methods } = endpoint;
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler === undefined)
    throw new Refusal("method_refused", { hint: `allowed: ${Object.keys(methods).join(", ")}` });
  return { handler, id: endpoint.path.exec(path)?.[1] ?? null };
}

/** RFC 8693 §2.1: without an Authorization header, the token that is to be exchanged says who asks, and only there. */
function withSubjectToken(exchange: Exchange, handler: Handler, { document }: OwnRequest): Exchange {
  if (handler !== exchangeToken) return exchange;
  const token = isJsonObject(document) ? document["subject_token"] : undefined;
  const { rawHeaders } = exchange.req;
  if (typeof token !== "string" || firstHeader(rawHeaders, "authorization") !== undefined) return exchange;
  const scheme = firstHeader(rawHeaders, "dpop") === undefined ? "Bearer" : "DPoP";
  const value = [...rawHeaders, "Authorization", `${scheme} ${token}`];
  return { ...exchange, req: Object.create(exchange.req, { rawHeaders: { value } }) as Exchange["req"] };
}

/** The route that a caller names whose token does not. */
function namedRoute({ document }: OwnRequest): string | null {
  if (!isJsonObject(document)) return null;
  const named = document["audience"] ?? document["resource"];
  return typeof named === "string" ? named : null;
}

async function keySet({ keys }: TaskEndpointDeps, { method }: OwnRequest): Promise<TaskAnswer> {
  if (method !== "GET") throw new Refusal("method_refused", { hint: "allowed: GET" });
  return { status: 200, headers: { "Cache-Control": "public, max-age=300" }, body: (await keys()) as JsonObject };
}

async function carryOut(deps: TaskEndpointDeps, exchange: Exchange, step: TaskStep): Promise<void> {
  await recordedChange(deps.record, exchange.context, step, async () => {
    try {
      const answered = await step.act();
      write(exchange, answered);
      return outcome({ kind: "answered", status: answered.status });
    } catch (thrown) {
      return deps.refuse(exchange, asRefusal(thrown));
    }
  });
}

function write({ res, context }: Exchange, { status, headers = {}, body }: TaskAnswer): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    "Sallyport-Decision": context.decisionId,
    ...headers,
  });
  res.end(text);
}
