import type { Approval } from "../domain/approval.ts";
import { notAllowed } from "../domain/endpoint.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Holds } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import type { Subject } from "../domain/subject.ts";
import { writeJson } from "../lib/json-answer.ts";
import { firstHeader } from "../lib/request-headers.ts";
import { allowReading, pageOrigins } from "../parse/cors.ts";

export interface ApprovalStatusDeps {
  readonly holds: Holds;
  readonly routes: readonly Route[];
  readonly identify: (exchange: Exchange, route: Route) => Subject | Promise<Subject>;
  readonly refuse: (exchange: Exchange, refusal: Refusal) => void;
}

/**
 * GET /approvals/{id}: the state of a held call, for the caller that made it. Read-only. Any other caller gets the same
 * 404 as for an unknown id.
 */
export function approvalStatus(deps: ApprovalStatusDeps): (exchange: Exchange) => Promise<void> {
  const origins = pageOrigins(deps.routes);
  return async function answer(exchange) {
    const origin = firstHeader(exchange.req.rawHeaders, "origin");
    if (origin !== undefined && origins.includes(origin)) allowReading(exchange.res, origin);
    try {
      const approval = await find(deps, exchange);
      const headers = approval.state === "held" ? { "Retry-After": "2" } : {};
      writeJson(exchange.res, { status: 200, headers, body: describe(approval) });
    } catch (thrown) {
      deps.refuse(exchange, asRefusal(thrown));
    }
  };
}

async function find({ holds, routes, identify }: ApprovalStatusDeps, exchange: Exchange): Promise<Approval> {
  const { req } = exchange;
  if (req.method !== "GET") throw notAllowed(["GET"]);
  const id = /^\/approvals\/([A-Za-z0-9_-]{1,64})$/.exec(req.url ?? "")?.[1];
  const approval = id === undefined ? null : await holds.get(id);
  const own = routes.find((route) => route.id === approval?.binding.route);
  const subject = await identifyAnywhere(routes, own, (route) => identify(exchange, route));
  if (approval === null || subject === null || !isOwner(approval, subject)) throw new Refusal("approval_unknown");
  return approval;
}

/** An agent that now acts for another person must not read what was decided for the first one. */
function isOwner({ binding }: Approval, { id, issuer, actingFor }: Subject): boolean {
  const { subject, acting_for } = binding;
  return subject.id === id && subject.issuer === issuer && acting_for === (actingFor?.id ?? null);
}

/**
 * The caller as identified on the route of the held call; null for a token that only another route accepts. A status
 * other than that of an unknown id would let a caller test guesses of ids.
 * @throws Refusal when no route takes the token
 */
async function identifyAnywhere(
  routes: readonly Route[],
  own: Route | undefined,
  identify: (route: Route) => Subject | Promise<Subject>,
): Promise<Subject | null> {
  let refusal: unknown = new Refusal("approval_unknown");
  for (const route of own === undefined ? routes : [own, ...routes.filter((other) => other !== own)]) {
    try {
      const subject = await identify(route);
      return route === own ? subject : null;
    } catch (thrown) {
      refusal = thrown;
    }
  }
  throw refusal;
}

const words: Readonly<Record<Approval["state"], string>> = {
  held: "pending",
  approved: "approved",
  released: "executing",
  delivered: "executed",
  failed: "failed",
  unknown: "unknown",
  denied: "denied",
  expired: "expired",
  cancelled: "cancelled",
  drifted: "cancelled",
};

function describe(approval: Approval): object {
  const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  const { state } = approval;
  return {
    id: approval.id,
    status: words[state],
    executed: state === "delivered" ? true : state === "unknown" || state === "released" ? null : false,
    tool: approval.binding.tool,
    created_at: iso(approval.seal.created),
    approve_by: iso(approval.approve_by),
    execute_by: iso(approval.execute_by),
    reason: approval.votes.findLast((vote) => vote.reason !== null)?.reason ?? null,
    next: nextStep(state),
  };
}

function nextStep(state: Approval["state"]): string {
  if (state === "held") return "Wait, then ask again.";
  if (state === "approved") return "Send exactly the same request again now; it will be executed once.";
  return "Nothing; a new request would need a new approval.";
}
