import { Refusal } from "../../domain/errors.ts";
import type { Lease, LeaseChain } from "../../domain/lease.ts";
import { assertNotRevoked, revocableOf } from "../../domain/revocation.ts";
import type { OwnRequest, Route } from "../../domain/route.ts";
import { unnamedSession } from "../../domain/subject.ts";
import type { TaskTokenSource } from "../../identify/task-token/claims.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { firstHeader } from "../../lib/request-headers.ts";
import type { JsonAnswer } from "../../lib/json-answer.ts";
import { type TaskRequest, openerOf, type TaskEndpointDeps } from "./deps.ts";
import type { TaskStep } from "./endpoint.ts";

const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const accessToken = "urn:ietf:params:oauth:token-type:access_token";
const jwt = "urn:ietf:params:oauth:token-type:jwt";

/**
 * POST /tasks/{id}/token and POST /tasks/token (RFC 8693): the agent's own token for one of a task that it may use. Short-lived,
 * for the same audience, bound to the same key, never good for longer than the agent's token or the task.
 * @throws Refusal task_exchange, task_foreign, task_closed, task_expired, access_revoked, gateway_stopped
 */
export async function exchangeToken(
  deps: TaskEndpointDeps,
  { id, request, caller, exchange }: TaskRequest,
): Promise<TaskStep> {
  const { subject } = caller;
  const wanted = readWanted(request, id);
  const sent = firstHeader(exchange.req.rawHeaders, "authorization");
  if (wanted.subjectToken !== null && sent !== undefined && !sent.endsWith(` ${wanted.subjectToken}`))
    invalid("subject_token is another token than the one in Authorization");
  const route = routeOf(deps, caller.route, wanted.audience);
  const now = deps.clock.now();
  const chain = await deps.ledger.of(subject, wanted.task, now);
  const [{ lease }] = chain;
  // Who acts in a task already gets no further than a part of it.
  if (subject.task !== null && !chain.some((one) => one.lease.id === subject.task)) throw new Refusal("task_foreign");
  await deps.revocations.refresh();
  const session = subject.session ?? unnamedSession(subject);
  const within = chain.slice(1).map((one) => one.lease.id);
  assertNotRevoked(deps.revocations, revocableOf(subject, session, { id: lease.id, within, serves: lease.serves }));
  const until = Math.min(now + deps.tokenMs, subject.expiresAt * 1_000, endOf(chain));
  const source = deps.sourceOf(subject);
  const token = deps.ids.make("n");
  return {
    change: { task: lease.id, change: "token", by: openerOf(subject, "agent"), token },
    message: "An agent gets a token of a task.",
    act: () => answer(deps, { source, lease, route, until, now, token }),
  };
}

interface Grant {
  readonly source: TaskTokenSource;
  readonly lease: Lease;
  readonly route: Route;
  readonly until: number;
  readonly now: number;
  readonly token: string;
}

async function answer(deps: TaskEndpointDeps, { source, lease, route, until, now, token }: Grant): Promise<JsonAnswer> {
  const access_token = await deps.tokens.mint({ source, task: lease.id, audience: route.audience, until, id: token });
  return {
    status: 200,
    headers: { Pragma: "no-cache" },
    body: {
      access_token,
      issued_token_type: accessToken,
      token_type: typeof source.binding?.jkt === "string" ? "DPoP" : "Bearer",
      expires_in: Math.max(0, Math.floor((until - now) / 1_000)),
      task: lease.id,
    } satisfies JsonObject,
  };
}

function endOf(chain: LeaseChain): number {
  return Math.min(...chain.map(({ lease }) => lease.limits.until));
}

/** The route that the agent's token is for: a token is never widened to another one. @throws Refusal task_exchange */
function routeOf({ routes }: TaskEndpointDeps, route: Route | null, audience: string | null): Route {
  if (route === null) invalid("the token in Authorization is for no route; send the agent's own token");
  if (audience === null || audience === route.audience || audience === route.id) return route;
  const known = routes.some((one) => one.audience === audience || one.id === audience);
  return invalid(known ? "the agent's token is for another audience" : "no route has that audience");
}

interface Wanted {
  readonly task: string;
  readonly audience: string | null;
  readonly subjectToken: string | null;
}

/** Parameters of RFC 8693 §2.1; what is absent is what this endpoint does anyway. @throws Refusal task_exchange */
function readWanted({ document = {} }: OwnRequest, id: string | null): Wanted {
  if (!isJsonObject(document)) invalid("the body is neither a form nor a JSON object");
  const text = (name: string): string | null => {
    const value = document[name];
    if (value === undefined) return null;
    return typeof value === "string" ? value : invalid(`${name} is not a text`);
  };
  const only = (name: string, allowed: readonly string[], required = false): void => {
    const value = text(name);
    if (value === null ? required : !allowed.includes(value)) invalid(`${name} must be ${allowed.join(" or ")}`);
  };
  only("grant_type", [tokenExchange], id === null);
  only("subject_token_type", [accessToken, jwt]);
  only("requested_token_type", [accessToken, jwt]);
  for (const name of ["actor_token", "scope"])
    if (text(name) !== null) invalid(`${name} cannot be given: the token is the agent's, with what the agent has`);
  const [audience, resource, named] = [text("audience"), text("resource"), text("task")];
  if (audience !== null && resource !== null && audience !== resource) invalid("audience and resource differ");
  if (id !== null && named !== null && named !== id) invalid("task is another one than in the path");
  const task = id ?? named ?? invalid("task is missing: the id of the task");
  return { task, audience: audience ?? resource, subjectToken: text("subject_token") };
}

function invalid(hint: string): never {
  throw new Refusal("task_exchange", { hint });
}
