import type { Exchange } from "../../domain/exchange.ts";
import type { Route } from "../../domain/route.ts";
import type { Subject } from "../../domain/subject.ts";
import { firstHeader } from "../../lib/request-headers.ts";
import type { Identify } from "../create-identify.ts";
import { statedClaims } from "./task-tokens.ts";

/** Who asks for something about tasks. */
export interface TaskCaller {
  readonly subject: Subject;
  /** Of an agent: the route that its token is for. Null for a token whose audience is the tasks themselves: an orchestrator's. */
  readonly route: Route | null;
}

/** `tokenInBody`: as in `Identify`. */
export type TaskCallers = (exchange: Exchange, named: string | null, tokenInBody: boolean) => Promise<TaskCaller>;

/**
 * Identifies whoever asks for something about tasks: orchestrators by a token for /tasks, agents by their token for a route, under
 * that route's rules. Which of these it is, the token says itself, and it is then verified as such. `named`: the route that a caller
 * without such a token names, by its id or its audience.
 * @throws Refusal as `Identify`
 */
export function taskCallers(identify: Identify, own: Route, routes: readonly Route[]): TaskCallers {
  // An agent proves its key for the address that it asks here, which is the listener's own.
  const asOwn = new Map(routes.map((route) => [route, withRulesOf(own, route)]));
  return async function callerOf(exchange, named, tokenInBody) {
    const audiences = audiencesOf(firstHeader(exchange.req.rawHeaders, "authorization"));
    const isOwn = audiences.includes(own.audience);
    const stated = audiences.length > 0;
    const found = routes.filter(({ id, audience }) =>
      stated ? audiences.includes(audience) : named !== null && (named === id || named === audience),
    );
    // A token for several routes is for the one that is named, when it is.
    const route = isOwn
      ? null
      : (found.find(({ id, audience }) => named === id || named === audience) ?? found[0] ?? null);
    const rules = route === null ? own : (asOwn.get(route) ?? own);
    return { subject: await identify(exchange, { route: rules, tokenInBody }), route };
  };
}

function withRulesOf(own: Route, { audience, issuers, proof, task }: Route): Route {
  return {
    ...own,
    audience,
    issuers,
    ...(proof === undefined ? {} : { proof }),
    ...(task === undefined ? {} : { task }),
  };
}

/** Unverified: they only select the rules by which the token is verified. None for a token that says nothing. */
function audiencesOf(authorization: string | undefined): readonly unknown[] {
  const [, token = ""] = authorization?.split(" ") ?? [];
  const aud = statedClaims(token)?.["aud"];
  if (aud === undefined) return [];
  return Array.isArray(aud) ? (aud as readonly unknown[]) : [aud];
}
