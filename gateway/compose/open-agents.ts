import type { IncomingMessage, ServerResponse } from "node:http";
import { decisionOf, refuse } from "../act/respond/refuse.ts";
import { authzenMetadata } from "../authzen/create-authzen.ts";
import type { Config } from "../config/config.ts";
import type { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { RegistrySettings } from "../domain/registry.ts";
import { assertNotRevoked, revocableOf } from "../domain/revocation.ts";
import type { Route } from "../domain/route.ts";
import { unnamedSession } from "../domain/subject.ts";
import { writeJson } from "../lib/json-answer.ts";
import { agentTls } from "../listener/agent-tls.ts";
import { type AgentApp, createAgentServer, createApp, type PublishedDocuments, wellKnown } from "../listener/app.ts";
import { approvalStatus } from "../listener/approval-status.ts";
import { keySet } from "../listener/key-set.ts";
import { malformed } from "../listener/malformed.ts";
import { PendingAnswers } from "../listener/pending-answers.ts";
import { taskTextEndpoint } from "../listener/task-text.ts";
import { taskEndpoint } from "../listener/tasks/endpoint.ts";
import { taskIssuerMetadata } from "../listener/tasks/metadata.ts";
import { registry } from "../offer/registry/registry.ts";
import { ownRequests, ownTexts, type WholeRequestOptions } from "../parse/body.ts";
import { preflights } from "../parse/cors.ts";
import { refuseRecorded } from "../pipeline/fail-closed.ts";
import { pushEndpoint } from "../signals/push-endpoint.ts";
import type { Gateway } from "./compose.ts";
import type { Listener } from "./stop.ts";
import { openAuthorization } from "./open-authorize.ts";

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** The agents' server, and what ends its connections; not listening yet. @throws Error when a certificate cannot be read */
export function openAgents(gateway: Gateway): Listener {
  const { config, identity, records, connections, bursts, clock, ids, logger } = gateway;
  const { agents } = config.listeners;
  const pending = new PendingAnswers(agents.limits.pipelined);
  const app = openApp(gateway, pending);
  const tls = agents.tls === null ? null : agentTls(agents.tls, identity.trust, logger);
  const refused = malformed({ recorder: records.recorder, clock, ids, logger, connections, pending });
  const server = createAgentServer(app, agents.limits, refused, tls?.options ?? null, clock);
  bursts.watch(server);
  if ("setSecureContext" in server) tls?.follow(server);
  return { server, closeBehind: () => pending.closeBehind() };
}

/** Calls of agents, and the gateway's own answers by the first segment of the path. */
function openApp(gateway: Gateway, pending: PendingAnswers): AgentApp {
  const { config, connections, exchanges, identity, approvals, authzen } = gateway;
  const { routes, listeners } = config;
  const { identify } = identity;
  const begin = (handle: (exchange: Exchange) => Promise<void>): Answer =>
    function answer(req, res) {
      void handle(exchanges.begin(req, res));
    };
  const enforce = begin(gateway.enter);
  const authorization = openAuthorization(gateway);
  const owned = ownsTasks(config);
  const documents = published(gateway, authorization, enforce);
  const status = approvalStatus({
    holds: approvals.holds,
    routes,
    identify: (exchange, route) => identify(exchange, { route }),
    refuse,
  });
  return createApp({
    enforce,
    own: new Map([
      ["approvals", begin(status)],
      [".well-known", documents],
      ...(config.registry === null ? [] : [["v0.1", begin(openRegistry(gateway, config.registry))] as const]),
      ...probes(async () => (await gateway.health()).ready),
    ]),
    withBody: new Map([
      ...(authorization === null ? [] : [["oauth", begin(authorization.answer)] as const]),
      ...(authzen === null ? [] : [["access", begin(authzen.answer)] as const]),
      ...(ownsSessions(config) ? [["sessions", begin(openTaskTextEndpoint(gateway))] as const] : []),
      ...(owned ? [["tasks", begin(openTaskEndpoint(gateway))] as const] : []),
      ...(gateway.signals.pushed.size > 0 ? [["signals", begin(openPushEndpoint(gateway))] as const] : []),
    ]),
    connections,
    pending,
    preflight: preflights(routes, listeners.agents.limits.maxHeaders),
  });
}

function openRegistry(gateway: Gateway, settings: RegistrySettings): (exchange: Exchange) => Promise<void> {
  const { config, identity, approvals, clock } = gateway;
  const { revocations } = approvals;
  return registry({
    settings,
    refuse,
    routes: config.routes,
    originOf: identity.originOf,
    since: clock.now(),
    ownIssuer: config.authorization?.issuer ?? null,
    identify: (exchange, route) => identity.identify(exchange, { route }),
    async assertStanding(subject) {
      await revocations.refresh();
      assertNotRevoked(revocations, revocableOf(subject, subject.session ?? unnamedSession(subject)));
    },
  });
}

/** What everybody may read about the gateway, by its path below /.well-known. */
function published(gateway: Gateway, authorization: ReturnType<typeof openAuthorization>, otherwise: Answer): Answer {
  const { config, identity, credentials, authzen, address } = gateway;
  const documents: PublishedDocuments = {
    find: (...at) => identity.metadata.find(...at) ?? authorization?.metadata.find(...at) ?? null,
  };
  const described = wellKnown(documents, otherwise);
  const withKeys = credentials.publicKeys === null ? described : keySet(credentials.publicKeys, described);
  const withTasks = ownsTasks(config) ? taskIssuerMetadata(identity.tasks.issuer, withKeys) : withKeys;
  return authzen === null ? withTasks : authzenMetadata(() => address.url ?? "", withTasks);
}

/** Where no client is listed, requests are told so, unless a route has these paths. */
function ownsSessions({ sessions, routes }: Config): boolean {
  return sessions.taskText.clients.size > 0 || !areRouted("/sessions/", routes);
}

function openPushEndpoint(gateway: Gateway): (exchange: Exchange) => Promise<void> {
  const { config, signals } = gateway;
  return pushEndpoint({
    streams: signals.pushed,
    read: ownTexts(config.signals.route, reading(gateway)),
    secret: (reference) => config.secret(reference),
  });
}

function openTaskTextEndpoint(gateway: Gateway): (exchange: Exchange) => Promise<void> {
  const { config, identity, approvals, memory, clock } = gateway;
  const { route, scope, ...rules } = config.sessions.taskText;
  return taskTextEndpoint({
    ...recording(gateway),
    rules,
    scope,
    clock,
    read: ownRequests(route, reading(gateway)),
    identify: (exchange) => identity.identify(exchange, { route }),
    revocations: approvals.revocations,
    texts: memory.taskTexts,
  });
}

/** Unless a route has these paths; where a client is listed, none may. */
function ownsTasks({ tasks, routes }: Config): boolean {
  return tasks.clients.size > 0 || !areRouted("/tasks/", routes);
}

/** Whether calls may have these paths. */
function areRouted(paths: string, routes: readonly Route[]): boolean {
  return routes.some(({ prefix }) => prefix === "/" || `${prefix}/`.startsWith(paths));
}

function openTaskEndpoint(gateway: Gateway): (exchange: Exchange) => Promise<void> {
  const { config, identity, approvals, leases, clock, ids } = gateway;
  const { route, clients, issuers, scope, tokenMs } = config.tasks;
  const { tokens, keys, sourceOf, callerOf } = identity.tasks;
  return taskEndpoint({
    openers: { clients, issuers, scope },
    ...recording(gateway),
    tokenMs,
    tokens,
    sourceOf,
    callerOf,
    clock,
    ids,
    service: leases.service,
    ledger: leases.ledger,
    read: ownRequests(route, reading(gateway)),
    async keys() {
      // Whoever looks before the first token was given finds the key that will sign it.
      await keys.current();
      return keys.published();
    },
    routes: config.routes,
    revocations: approvals.revocations,
  });
}

/** How the endpoints of the gateway's own read what they are sent. */
function reading({ config, connections }: Gateway): WholeRequestOptions {
  return { ...config.listeners.agents.limits, connections };
}

/** What they do is recorded before it takes effect, and so is that they refuse. */
function recording({ records, logger }: Gateway) {
  const record = records.recorder.record.bind(records.recorder);
  return {
    record,
    refuse,
    refuseRecorded: (exchange: Exchange, refusal: Refusal) =>
      refuseRecorded({ record, decisionOf, logger }, exchange.context, refusal, (final) => refuse(exchange, final)),
  };
}

/** The agents' listener tells only that it lives and whether it is ready; what is wrong stands on the console's. */
function probes(isReady: () => Promise<boolean>): (readonly [string, Answer])[] {
  function answer(res: ServerResponse, ok: boolean): void {
    writeJson(res, { status: ok ? 200 : 503, body: { ok } });
  }
  const ready: Answer = (_req, res) => {
    // The report never rejects: what cannot be found out is a finding.
    void isReady().then((ok) => answer(res, ok));
  };
  return [
    ["livez", (_req, res) => answer(res, true)],
    ["readyz", ready],
    ["healthz", ready],
  ];
}
