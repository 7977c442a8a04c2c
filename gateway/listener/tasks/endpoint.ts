import { outcome } from "../../domain/decision-record.ts";
import { type Endpoint, endpointAt, notAllowed } from "../../domain/endpoint.ts";
import { asRefusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import { recordedChange, type RecordedLeaseChange } from "../../domain/lease.ts";
import type { OwnRequest } from "../../domain/route.ts";
import { isJsonObject } from "../../lib/json.ts";
import { type JsonAnswer, published, writeJson } from "../../lib/json-answer.ts";
import { firstHeader } from "../../lib/request-headers.ts";
import { close } from "./close.ts";
import type { TaskRequest, TaskEndpointDeps } from "./deps.ts";
import { open } from "./open.ts";
import { show } from "./show.ts";
import { exchangeToken } from "./token.ts";

/** What is done, recorded before it is. */
export interface TaskStep extends RecordedLeaseChange {
  readonly act: () => Promise<JsonAnswer>;
}

type Handler = (deps: TaskEndpointDeps, request: TaskRequest) => Promise<TaskStep | JsonAnswer>;

/** Everything under /tasks that needs to know who asks. */
const endpoints: readonly Endpoint<Handler>[] = [
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
      const { handler, id } = endpointAt(endpoints, request, "there is /tasks/{id}, with /close and /token");
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

async function keySet({ keys }: TaskEndpointDeps, { method }: OwnRequest): Promise<JsonAnswer> {
  if (method !== "GET") throw notAllowed(["GET"]);
  return { status: 200, headers: published, body: await keys() };
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

function write({ res, context }: Exchange, { status, headers, body }: JsonAnswer): void {
  writeJson(res, { status, headers: { "Sallyport-Decision": context.decisionId, ...headers }, body });
}
