import { createServer, type Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { compose, type ComposeOptions, type Gateway } from "./compose.ts";
import { openAgents } from "./open-agents.ts";
import { openDataApi } from "./open-data-api.ts";
import { startPolicy } from "./open-delivery.ts";
import { knownNames } from "./known-names.ts";
import type { Bind, Config } from "../config/config.ts";
import { ensureAccounts, type NewAccount } from "../admin/accounts.ts";
import { createConsole } from "../admin/create-console.ts";
import type { ConsoleDeps } from "../admin/deps.ts";
import type { Logger } from "../domain/ports.ts";
import { type Listener, Phase, stop } from "./stop.ts";
import { closeLingering } from "../lib/lingering-close.ts";
import { PendingAnswers } from "../listener/pending-answers.ts";

export interface Serving {
  /** Where agents call and where people decide. */
  readonly agents: string;
  readonly console: string;
  readonly newAccounts: readonly NewAccount[];
  /** Goes on for the time to drain, then tells waiting callers to come back, lets running calls end, and closes everything. */
  stop(): Promise<void>;
}

/** Requests of one console connection that may wait for their answers; browsers do not pipeline. */
const consolePipelined = 8;

const builtConsole = fileURLToPath(new URL("../../console/dist", import.meta.url));

/**
 * Starts a gateway whole.
 * @throws when no policy can be activated or a listener cannot be bound; nothing is left running then
 */
export async function serve(config: Config, logger: Logger, options: Partial<ComposeOptions> = {}): Promise<Serving> {
  const { others = [], acceptStore = false } = options;
  const phase = new Phase();
  const gateway = await compose(config, logger, { others: [phase, ...others], acceptStore });
  try {
    gateway.plane.reports?.start();
    await startPolicy(gateway);
    await openLog(gateway);
    const agents = await listenForAgents(gateway);
    gateway.signals.start(agents.url);
    const people = await openConsole(config, gateway).catch((failure: unknown) => {
      agents.server.close();
      throw failure;
    });
    phase.set("running");
    return {
      agents: agents.url,
      console: people.url,
      newAccounts: people.newAccounts,
      stop() {
        phase.set("stopping");
        return stop(gateway, agents, people);
      },
    };
  } catch (failure) {
    await gateway.close();
    throw failure;
  }
}

/**
 * Opens the log, and begins to send it. One that cannot be written does not stop the start: every call is refused with its name, and
 * /readyz says so.
 */
export async function openLog({ records: { writer, shipping }, logger }: Gateway): Promise<void> {
  shipping?.start();
  try {
    await writer.open();
  } catch (failure) {
    logger.error("the decision log cannot be opened; every call will be refused until it can", {
      error: String(failure),
    });
    writer.fail(failure);
  }
}

/** Agents may call from now on. @throws Error when the address cannot be bound */
export async function listenForAgents(gateway: Gateway): Promise<Listener & { readonly url: string }> {
  const { agents } = gateway.config.listeners;
  const listener = openAgents(gateway);
  const url = await listen(listener.server, agents, agents.tls === null ? "http" : "https");
  gateway.address.bound(url);
  return { ...listener, url };
}

async function openConsole(config: Config, gateway: Gateway) {
  const { console: bind } = config.listeners;
  const { people, channels, clock, ids } = gateway;
  const { accounts, login } = people;
  const newAccounts = await ensureAccounts(bind.login?.users ?? [], { accounts, clock, ids }, login.provider);
  const server = createServer();
  closeLingering(server);
  const url = await listen(server, bind);
  gateway.consoleAddress.bound(url);
  const console = createConsole(consoleDeps(config, gateway, url));
  const pending = new PendingAnswers(consolePipelined);
  server.on("request", pending.watching(console.app));
  channels.start(url);
  return {
    server,
    url,
    newAccounts,
    closeBehind: () => pending.closeBehind(),
    endStreams: () => console.close(),
  };
}

/** `url`: where people reach it. */
function consoleDeps(config: Config, gateway: Gateway, url: string): ConsoleDeps {
  const { access, approvals, records, bundles, people, memory, channels, clock, ids, logger } = gateway;
  const { accounts, passkeys, login, checkPassword } = people;
  return {
    gateway: config.instance,
    sharesStore: () => sharesStore(gateway),
    ...approvalsOf(approvals),
    endings: access.shared,
    names: knownNames(config, { bundles, definitions: memory.definitions, leases: gateway.leases.service }),
    definitions: memory.definitions,
    agentSessions: memory.sessions,
    tasks: consoleTasks(gateway),
    channels: channels.service,
    signals: gateway.signals,
    decisions: records.decisions,
    bundles,
    accounts,
    passkeys,
    login,
    checkPassword,
    clock,
    ids,
    logger,
    connectedAccounts: gateway.credentials.connectedAccounts,
    shared: gateway.state.store.shared?.console ?? null,
    logouts: gateway.signals.logouts,
    staticDir: builtConsole,
    publicUrl: url,
    trustedProxies: config.listeners.console.trustedProxies,
    health: () => gateway.health(),
    opaHealth: gateway.plane.health,
    dataApi: openDataApi(gateway),
    breakers: gateway.limits.breakers,
    shadow: gateway.shadow,
    policyHistory: gateway.history,
    metrics: (format) => records.metrics.render(format),
  };
}

function approvalsOf({ service, grants, receipts, receiptKeys, revocations, fatigue }: Gateway["approvals"]) {
  return { approvals: service, grants, receipts, receiptKeys, revocations, fatigue };
}

async function sharesStore({ state, approvals, clock }: Gateway): Promise<boolean> {
  if (state.store.shared !== null) return true;
  const { processes, process } = approvals.deps;
  return (await processes.alive(clock.now())).some((id) => id !== process);
}

function consoleTasks({ config, leases, records }: Gateway): ConsoleDeps["tasks"] {
  const [only, ...others] = config.issuers;
  return {
    service: leases.service,
    roles: config.tasks.roles,
    issuer: only === undefined || others.length > 0 ? null : only.trust,
    record: records.recorder.record.bind(records.recorder),
  };
}

async function listen(server: Server | TlsServer, bind: Bind, scheme: "http" | "https" = "http"): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(bind.port, bind.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const host = bind.host.includes(":") ? `[${bind.host}]` : bind.host;
  return bind.publicUrl ?? `${scheme}://${host}:${port}`;
}
