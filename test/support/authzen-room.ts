import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fulfil } from "../../gateway/act/obligations.ts";
import { decisionOf, refuse } from "../../gateway/act/respond/refuse.ts";
import { openSigningKey } from "../../gateway/approvals/signing-key.ts";
import { handlerOf } from "../../gateway/authzen/create-authzen.ts";
import type { Release } from "../../gateway/authzen/evaluate.ts";
import type { AuthzenDeps } from "../../gateway/authzen/deps.ts";
import { loadPolicy } from "../../gateway/cli/policy/load-policy.ts";
import { readSources } from "../../gateway/bundles/sources.ts";
import { decide } from "../../gateway/decide/decide.ts";
import type { Decision } from "../../gateway/domain/decision.ts";
import { asRefusal } from "../../gateway/domain/errors.ts";
import { ClientConnection } from "../../gateway/domain/connections.ts";
import type { JsonValue } from "../../gateway/lib/json.ts";
import type { Outcome } from "../../gateway/domain/decision-record.ts";
import type { ActivePolicy } from "../../gateway/domain/ports.ts";
import type { Subject } from "../../gateway/domain/subject.ts";
import { delegatedFacts } from "../../gateway/gather/gather.ts";
import { asking, questionDoor, questionSteps } from "../../gateway/authzen/question-steps.ts";
import type { RequestContext } from "../../gateway/domain/exchange.ts";
import { accessRequestStore } from "../../gateway/store/access-requests.ts";
import { Connection } from "../../gateway/store/connection.ts";
import { openDatabase } from "../../gateway/store/database.ts";
import { systemClock } from "../../gateway/compose/clock-and-ids.ts";
import { testApprovals } from "./approvals/test-approvals.ts";
import { noLeases, noLedger, noRiskLedger, noTaskTexts, route, subject, TestClock, testIds } from "./builders.ts";
import { copyPolicy, type PolicyCopy, readOnlyPolicy } from "./policy-copy.ts";
import { testLimits } from "./limits.ts";
import { openCallState, testDefinitions } from "./test-definitions.ts";
import { testSessions } from "./test-sessions.ts";

const library = readOnlyPolicy();

/** The library, compiled once for a whole test file; with changes, a copy of it. */
export async function libraryPolicy(change?: (copy: PolicyCopy) => Promise<void>): Promise<ActivePolicy> {
  if (change === undefined) return (await loadPolicy(await readSources(library), "sallyport.yaml", systemClock)).policy;
  const dir = mkdtempSync(join(tmpdir(), "sallyport-policy-"));
  try {
    const copy = copyPolicy(dir);
    await change(copy);
    return (await loadPolicy(await readSources(copy.dir), "sallyport.yaml", systemClock)).policy;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export const pep: Subject = subject({ type: "service", id: "envoy", roles: [], session: null, purpose: null });

export interface Kept {
  readonly context: RequestContext;
  readonly decision: Decision;
  readonly outcome: Outcome;
}

export interface Asking {
  readonly method?: string;
  readonly who?: Subject;
  readonly connection?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The room with everything real but the clock, the wire and the disk of the log. */
export function authzenRoom(
  policy: ActivePolicy | null,
  changes: Partial<AuthzenDeps> = {},
  against: AuthzenDeps["revocations"]["against"] = () => null,
) {
  const connection = new Connection(openDatabase(":memory:"));
  const [clock, ids] = [new TestClock(), testIds()];
  const approvals = testApprovals({ connection, clock, ids });
  const definitions = testDefinitions(connection, clock);
  const { sessions: store, read } = openCallState(connection);
  const sessions = testSessions({ store, read, clock });
  const revocations = { against, refresh: () => null };
  const kept: Kept[] = [];
  const obligationDeps = {
    holds: approvals.holds,
    sessions,
    limits: testLimits([], { clock }).calls,
    find: () => [],
    inject: null,
  };
  const keys = mkdtempSync(join(tmpdir(), "sallyport-key-"));
  const room: AuthzenDeps = {
    read: () => Promise.reject(new Error("the wire is not here")),
    identify: () => Promise.resolve(pep),
    facts: delegatedFacts({
      sessions,
      leases: noLeases,
      provenance: noLedger,
      risk: noRiskLedger,
      taskTexts: noTaskTexts,
      definitions,
      revocations,
      find: () => [],
      instance: "gw-1",
      environment: "test",
    }),
    decide,
    record: async (context, decision, act) => {
      const outcome = await act();
      kept.push({ context, decision, outcome });
      return outcome;
    },
    fulfil: async (evaluated) => (await fulfil(evaluated, obligationDeps)).obligations,
    decisionOf,
    refuse,
    ask: (question) => asking(questionDoor(room, questionSteps(room)), room)(question),
    route: route({ id: "authzen", protocol: "authzen", server: "authzen" }),
    evaluations: 10,
    requestWithinMs: 600_000,
    ignoredContext: ["time"],
    ownServer: "local",
    own: { identify: () => Promise.resolve(pep) },
    origin: () => "https://pdp.example",
    activePolicy: () => policy,
    holds: approvals.holds,
    approvals: approvals.service,
    requests: accessRequestStore(connection),
    revocations,
    sessions,
    key: openSigningKey(join(keys, "authzen.key.pem")),
    callbacks: { vet: () => Promise.resolve(), send: () => undefined },
    clock,
    ids,
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    ...changes,
  };
  rmSync(keys, { recursive: true });
  return {
    room,
    clock,
    approvals,
    kept,
    ask: (path: string, document?: unknown, how?: Asking) => ask(room, path, document, how),
  };
}

/** The answer of an endpoint, and what to call when it has arrived; a refusal as its code. */
async function ask(
  room: AuthzenDeps,
  path: string,
  document: unknown,
  { method, who = pep, connection, headers = {} }: Asking = {},
) {
  const releases: Release[] = [];
  const req = { method: "POST", url: path, headers };
  const res = new EventEmitter();
  const exchange = {
    req,
    res,
    connection: connection === undefined ? new ClientConnection() : ClientConnection.with(connection),
  } as never;
  const request = {
    method: method ?? (document === undefined ? "GET" : "POST"),
    path,
    query: [],
    header: (name: string) => headers[name] ?? null,
    document: document as JsonValue | undefined,
  };
  try {
    const told = await handlerOf(request)(room, { exchange, request, pep: who, isOwn: false }, releases);
    // A test says what it expects to find in it.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    return { status: told.status, body: told.body as any, releases, code: null, hint: null };
  } catch (thrown) {
    const { status, code, hint } = asRefusal((thrown as { refusal?: unknown }).refusal ?? thrown);
    return { status, body: null, releases, code, hint };
  }
}
