import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { unknownTool } from "../../../gateway/bundles/data/tool-facts.ts";
import type { Channel } from "../../../gateway/notify/channel.ts";
import { outboxService } from "../../../gateway/notify/dispatcher.ts";
import { accountPeople } from "../../../gateway/compose/open-identity.ts";
import { ensureAccounts } from "../../../gateway/admin/accounts.ts";
import { createConsole } from "../../../gateway/admin/create-console.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { AccountStore } from "../../../gateway/domain/account.ts";
import type { ConsoleLogin } from "../../../gateway/admin/deps.ts";
import { passwordCheck } from "../../../gateway/sign-in/passwords.ts";
import type {
  ConnectedAccounts,
  Attention,
  Bundles,
  Clock,
  DefinitionLedger,
  Ids,
  Logger,
  OutboxStore,
  HealthReport,
  PasskeyStore,
  PolicyHistory,
  PolicyShadow,
  PolicyStatus,
  ReceiptStore,
  Revocations,
  SignalStreams,
} from "../../../gateway/domain/ports.ts";
import type { Pins } from "../../../gateway/domain/tool-definitions.ts";
import { revokes } from "../../../gateway/domain/revocation.ts";
import { revocations } from "../../../gateway/gather/revocations.ts";
import { accountStore, passkeyStore } from "../../../gateway/store/accounts.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { outboxStore } from "../../../gateway/store/outbox.ts";
import { revocationStore } from "../../../gateway/store/call-state.ts";
import { testSessions } from "../test-sessions.ts";
import { everybody, type TestApprovalsOptions } from "../approvals/test-approvals.ts";
import { testTasks, type TestTasks } from "./console-tasks.ts";
import { memoryDecisions, type SampleDecisions } from "./sample-decisions.ts";
import { healthyPolicy, sampleRules } from "./sample-policy.ts";
import { sampleApprovals, type SampleApprovals } from "./sample-service.ts";
import { openCallState, testDefinitions } from "../test-definitions.ts";
import { noJournal, noOthers, testEndings } from "../endings.ts";

export interface RunningConsole {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly service: SampleApprovals;
  readonly attention: Attention;
  readonly receipts: Pick<ReceiptStore, "of">;
  readonly passkeys: PasskeyStore;
  readonly accounts: AccountStore;
  /** Id of the user's account. */
  readonly account: string;
  readonly outbox: OutboxStore;
  readonly definitions: DefinitionLedger;
  readonly sessions: ReturnType<typeof testSessions>;
  readonly decisions: SampleDecisions;
  readonly revocations: Revocations;
  readonly tasks: TestTasks;
  /** Moves the console's clock forward. */
  skip(ms: number): void;
  /** What time the console has it. */
  now(): number;
  setPolicy(status: PolicyStatus): void;
  /** What /readyz says from now on. */
  setHealth(report: HealthReport): void;
  setRoles(roles: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export const ids: Ids = { make: (prefix) => `${prefix}_${randomBytes(18).toString("base64url")}` };
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const noSignals: SignalStreams = {
  list: () => Promise.resolve([]),
  verify: () => Promise.reject(new Refusal("signal_transmitter_unknown")),
};

export interface ConsoleOptions {
  readonly pins?: Readonly<Record<string, Pins>>;
  readonly staticDir?: string;
  readonly decisions?: number;
  /** A candidate beside the policy; none unless said otherwise. */
  readonly shadow?: PolicyShadow;
  /** Empty unless said otherwise. */
  readonly policyHistory?: PolicyHistory;
  readonly port?: number;
  /** The time of day only moves by `skip`: for tests of waits, which a busy machine would sit out. */
  readonly stopped?: boolean;
  readonly sharesStore?: boolean;
  readonly trustedProxies?: readonly string[];
  /** Passwords alone, unless said otherwise. */
  readonly login?: Partial<ConsoleLogin>;
  /** By name; none unless said otherwise. */
  readonly channels?: ReadonlyMap<string, Channel>;
  /** None unless said otherwise. */
  readonly signals?: SignalStreams;
  readonly connectedAccounts?: (at: {
    connection: Connection;
    accounts: AccountStore;
    url: string;
  }) => ConnectedAccounts;
  readonly service?: Pick<TestApprovalsOptions, "minReviewTimeMs" | "budgetPerHour">;
}

const noHistory: PolicyHistory = {
  list: () => [],
  pinned: () => null,
  activate: () => Promise.reject(new Error("there is no history")),
  accept: () => Promise.reject(new Error("there is no history")),
};

/** A real console on a real port with the real desk and stores; policy and decisions behind it are samples. */
export async function startConsole(given: ConsoleOptions = {}): Promise<RunningConsole> {
  let skipped = 0;
  let health: HealthReport = { ready: true, findings: [] };
  const started = Date.now();
  const time = (): number => (given.stopped === true ? started : Date.now());
  const clock: Clock = { now: () => time() + skipped, monotonic: () => time() - started + skipped };
  const connection = new Connection(openDatabase(":memory:"));
  const policy = memoryBundles(healthyPolicy(clock.now()));
  const accounts = accountStore(connection);
  const passkeys = passkeyStore(connection);
  const provider = given.login?.provider ?? null;
  const known = accountPeople(accounts, clock, provider?.rolesForMs ?? 0);
  const people = {
    current: async (id: string) =>
      (await known.current(id)) ?? (provider === null ? await everybody.current(id) : null),
  };
  const { service, approvals, kept, grantService, fatigue } = sampleApprovals(connection, {
    clock,
    ids,
    people,
    ...given.service,
  });
  const { endings } = testEndings(approvals);
  const tasks = testTasks(connection, { clock, ids, endings });
  const outbox = outboxStore(connection);
  const definitions = testDefinitions(connection, clock, given.pins);
  const { sessions: store, read } = openCallState(connection);
  const sessions = testSessions({ store, read, clock, history: 50 });
  const users = (roles: readonly string[]) =>
    ensureAccounts([{ name: "approver", roles, teams: [], also: [] }], { accounts, clock, ids });
  const [made] = await users(["payments-approver", "data-approver", "operator"]);
  if (made === undefined) throw new Error("no account was made");

  const decisions = memoryDecisions(clock.now(), given.decisions ?? 120);
  const server = createServer({ keepAliveTimeout: 0 });
  await new Promise<void>((resolve) => server.listen(given.port ?? 0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const access = await revocations({
    store: revocationStore(connection),
    clock,
    ids,
    logger: silent,
    endings,
    announcements: noOthers,
    journal: noJournal,
  });
  const console = createConsole({
    gateway: "gw-1",
    sharesStore: async () => given.sharesStore ?? false,
    approvals: service,
    grants: grantService,
    receipts: kept,
    fatigue,
    receiptKeys: { keys: [] },
    revocations: access,
    endings: {
      count: async (target) => ({ ...(await endings.count((what) => revokes(target, what))), unanswered: 0 }),
    },
    names: { has: () => Promise.resolve(false) },
    channels: outboxService({ outbox, channels: new Map(given.channels), clock, logger: silent }),
    definitions,
    agentSessions: sessions,
    tasks: tasks.tasks,
    decisions,
    bundles: policy.bundles,
    shadow: given.shadow ?? null,
    policyHistory: given.policyHistory ?? noHistory,
    accounts,
    checkPassword: passwordCheck({ accounts, ids, logger: silent, clock }),
    passkeys,
    connectedAccounts: given.connectedAccounts?.({ connection, accounts, url }) ?? null,
    login: { passwords: true, provider: null, secret: () => "", stepUpMs: 60_000, ...given.login },
    signals: given.signals ?? noSignals,
    logouts: null,
    shared: null,
    clock,
    ids,
    logger: silent,
    staticDir: given.staticDir ?? new URL("../../../console/dist", import.meta.url).pathname,
    publicUrl: url,
    trustedProxies: given.trustedProxies ?? [],
    health: async () => health,
    breakers: () => [],
    dataApi: null,
    opaHealth: () => ({ notActivated: [], plugins: {} }),
    metrics: async (format) => ({ type: "text/plain", text: `# ${format}\n` }),
  });
  server.on("request", console.app);
  return {
    url,
    user: made.name,
    password: made.password,
    service,
    outbox,
    definitions,
    sessions,
    decisions,
    revocations: access,
    tasks,
    passkeys,
    accounts,
    account: (await accounts.withPassword(made.name))?.id ?? "",
    attention: approvals.attention,
    receipts: kept,
    setPolicy: policy.set,
    now: () => clock.now(),
    setHealth: (report) => void (health = report),
    skip: (ms) => void (skipped += ms),
    setRoles: async (roles) => void (await users(roles)),
    close: () => closeAll(server, () => console.close()),
  };
}

function memoryBundles(first: PolicyStatus): {
  bundles: Pick<Bundles, "active" | "status" | "watch">;
  set(status: PolicyStatus): void;
} {
  let status = first;
  const listeners = new Set<(status: PolicyStatus) => void>();
  const bundles: Pick<Bundles, "active" | "status" | "watch"> = {
    active: () => ({
      revision: status.active?.revision ?? "",
      digest: status.active?.digest ?? "",
      activatedAt: status.active?.activated_at ?? 0,
      rules: sampleRules,
      catalog: () => unknownTool,
      judgesResult: () => false,
      exporting: () => [],
      site: { inside: [], hostsOptIn: false, people: {} },
      readsProvenance: false,
      readsHistory: false,
      risk: null,
      logRules: null,
      evaluate: () => ({ results: [], fuel: 0 }),
      ask: () => ({ text: "set()" }),
      noteFault: () => {},
      notePrinted: () => {},
    }),
    status: () => status,
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    bundles,
    set(next) {
      status = next;
      for (const listener of listeners) listener(next);
    },
  };
}

async function closeAll(server: Server, closeConsole: () => void): Promise<void> {
  closeConsole();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
