/** The endpoint of tasks behind a real listener, with callers as a test names them. */
import { DeadConnections } from "../../../gateway/domain/connections.ts";
import type { Decision } from "../../../gateway/domain/decision.ts";
import type { RequestContext } from "../../../gateway/domain/exchange.ts";
import type { Route } from "../../../gateway/domain/route.ts";
import type { Revocation, RevocationKind } from "../../../gateway/domain/revocation.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import { type TokenWish } from "../../../gateway/identify/task-token/task-tokens.ts";
import type { TaskEndpointDeps } from "../../../gateway/listener/tasks/deps.ts";
import { taskEndpoint } from "../../../gateway/listener/tasks/endpoint.ts";
import { ownRequests } from "../../../gateway/parse/body.ts";
import { route, subject } from "../builders.ts";
import { originOf, refusals } from "../own-endpoint.ts";
import { leaseWorld } from "./world.ts";

const own = route({
  id: "tasks",
  prefix: "/tasks",
  methods: new Set(["GET", "POST"]),
  body: { ...route().body, accept: ["application/json", "application/x-www-form-urlencoded"] },
});
export const payments = route();
export const planner = subject({ id: "planner", clientId: "planner-app", scopes: ["tasks"], session: null });
export const bot = subject();
export const asked = { purpose: "Refund order 881", tools: ["payments/*"], agents: ["refund-bot"] };

const end = { id: "k", issuer: null, reason: "x", by: "y", at: 0, until: null };
export const ended = (kind: RevocationKind, target: string | null): Revocation => ({ ...end, kind, target });

export interface Caller {
  readonly subject: Subject;
  readonly route: Route | null;
}

export const asPlanner: Caller = { subject: planner, route: null };
export const asBot: Caller = { subject: bot, route: payments };

export async function endpointWorld(changes: Partial<TaskEndpointDeps> = {}) {
  const leases = leaseWorld();
  const records: { context: RequestContext; decision: Decision }[] = [];
  const minted: TokenWish[] = [];
  let caller: Caller = asPlanner;
  const record: TaskEndpointDeps["record"] = async (context, decision, act) => {
    records.push({ context, decision });
    return act();
  };
  const answer = taskEndpoint({
    openers: { clients: new Set(["planner-app"]), issuers: new Set([planner.issuer]), scope: "tasks" },
    tokenMs: 300_000,
    service: leases.service,
    ledger: leases.ledger,
    clock: leases.clock,
    ids: leases.ids,
    read: ownRequests(own, { requestTimeoutMs: 60_000, maxHeaders: 100, connections: new DeadConnections() }),
    callerOf: async () => caller,
    sourceOf: (who) => ({ subject: who, trust: who.issuer, key: null, binding: null }),
    tokens: {
      mint: (wish) => {
        minted.push(wish);
        return Promise.resolve(`e.${Buffer.from(JSON.stringify({ task: wish.task })).toString("base64url")}.s`);
      },
    },
    keys: () => Promise.resolve({ keys: [] }),
    routes: [payments, route({ id: "strict", audience: "https://gateway.example/strict" })],
    revocations: { against: () => null, refresh: () => null },
    record,
    ...refusals(record),
    ...changes,
  });
  const origin = await originOf(answer);

  /** A body that is a text is a form. */
  async function ask(as: Caller, path: string, body?: object | string, method = "POST") {
    caller = as;
    const type = typeof body === "string" ? "application/x-www-form-urlencoded" : "application/json";
    const sent = typeof body === "object" ? JSON.stringify(body) : body;
    const response = await fetch(origin + path, {
      method,
      headers: sent === undefined ? {} : { "content-type": type },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const answered = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body: answered, code: answered["code"] };
  }
  const opened = async (more: object = {}, as = asPlanner) =>
    String((await ask(as, "/tasks", { ...asked, ...more })).body["id"]);
  return { ...leases, records, minted, ask, opened };
}
