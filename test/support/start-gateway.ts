import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Approver, signIn } from "../../demo/agent/approver.ts";
import { HttpAgent } from "../../demo/agent/http-agent.ts";
import { freePort, writeConfig } from "../../demo/gate/config-file.ts";
import { type Gateway, type GatewayPlace, startGateway as start } from "../../demo/gate/start.ts";
import { mintToken, type TokenFor } from "../../demo/gate/token.ts";
import { sealerIn } from "./sealed-session.ts";
import { sharedCache } from "./shared-cache.ts";
import { eventually } from "./eventually.ts";
import { consoleSecret } from "./identity/people-provider.ts";
import { copyPolicy, type PolicyCopy, demoPolicy } from "./policy-copy.ts";
import type { RouteText } from "./routes.ts";

export interface TestGatewayOptions {
  readonly routes: readonly RouteText[];
  /** Called with a copy of the policy library before the start; without it the library with the demonstration's layer is used, as two sources. */
  readonly policy?: (copy: PolicyCopy) => Promise<void>;
  /** Sections of the configuration that replace the standard ones. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Limits of the agents listener beyond the standard ones. */
  readonly limits?: Readonly<Record<string, unknown>>;
  /** How people sign in, told the console's address; without it one approver has a password. */
  readonly login?: (consoleUrl: string) => Promise<object>;
  readonly until?: "ready" | "live";
  /** File with an OPA configuration. */
  readonly opaConfig?: string;
  /** Variables beside the standard ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where agents reach it, when something must know that before it starts; otherwise any free port. */
  readonly agentsPort?: number;
}

/** A gateway in a temporary folder, as a process, that a test may also kill and start again. */
export interface TestGateway {
  readonly agents: string;
  readonly console: string;
  readonly pid: () => number;
  readonly dir: string;
  readonly logDir: string;
  /** Null without a `policy` option. */
  readonly policy: PolicyCopy | null;
  output(): string;
  /** Waits until a text stands in what it has written: a line arrives after the answer that it belongs to. */
  told(text: string | RegExp): Promise<RegExpExecArray>;
  /** A token for a route's prefix. */
  token(who: Omit<TokenFor, "audience">, prefix: string): string;
  /**
   * These headers with the id by which the caller of this token knows the session of `mcp-session-id`, which is the tool server's own id there,
   * on the route of this prefix.
   */
  inSession<Headers extends object>(token: string, prefix: string, headers: Headers): Promise<Headers>;
  /** refund-bot on plain HTTP. */
  refundBot(): HttpAgent;
  /** The console's user, signed in. */
  approver(): Promise<Approver>;
  /** Of that user. */
  approverPassword(): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Same folder, same ports. */
  startAgain(): Promise<void>;
  /** Ends it and removes the folder. */
  close(): Promise<void>;
}

const layers = { sources: ["library", demoPolicy] };
const env = {
  DEMO_PAYMENTS_KEY: "demo-payments-key",
  DEMO_CRM_KEY: "demo-crm-key",
  CONSOLE_SECRET: consoleSecret,
};
const users = [{ name: "approver", roles: ["payments-approver", "data-approver", "operator"] }];

export async function startGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-test-"));
  try {
    return await startIn(dir, options);
  } catch (failure) {
    await rm(dir, { recursive: true, force: true });
    throw failure;
  }
}

async function startIn(dir: string, options: TestGatewayOptions): Promise<TestGateway> {
  const policy = options.policy === undefined ? null : copyPolicy(dir);
  if (policy !== null) await options.policy?.(policy);
  const [agentsPort, consolePort] = await Promise.all([options.agentsPort ?? freePort(), freePort()]);
  const login = (await options.login?.(`http://127.0.0.1:${consolePort}`)) ?? { users };
  const listeners = {
    agents: { port: agentsPort, limits: options.limits ?? {} },
    console: { port: consolePort, login },
  };
  const configFile = await writeConfig(
    dir,
    configOf(options, listeners, policy === null ? layers : { source: policy.dir }),
  );
  const opa = options.opaConfig === undefined ? {} : { opaConfig: options.opaConfig };
  const place = { configFile, agentsPort, consolePort, env: { ...env, ...options.env }, ...opa };
  return testGateway(dir, policy, place, await start(place, options.until), options);
}

function configOf({ routes, config = {} }: TestGatewayOptions, listeners: object, policy: object): object {
  const { policy: own = policy, ...sections } = config;
  return {
    version: 1,
    instance: "test",
    data_dir: "data",
    listeners,
    issuers: [{ id: "dev", development: true }],
    routes,
    credentials: {
      "payments-api": { prefix: "Bearer ", value: "env:DEMO_PAYMENTS_KEY" },
      "crm-api": { prefix: "Bearer ", value: "env:DEMO_CRM_KEY" },
    },
    // Scripts decide faster than people can read; the dwell has tests of its own.
    holds: { irreversible_dwell: "0s" },
    ...sections,
    policy: { ...sharedCache(), ...(own as object) },
  };
}

function testGateway(
  dir: string,
  policy: PolicyCopy | null,
  place: GatewayPlace,
  first: Gateway,
  { until = "ready", routes }: Pick<TestGatewayOptions, "until" | "routes">,
): TestGateway {
  let running = first;
  let signedIn: Promise<Approver> | null = null;
  const password = first.password();
  // Whoever needs it awaits it; a test that ends before it was told must not fail for that.
  password.catch(() => undefined);
  const { agents, console } = first;

  function token(who: Omit<TokenFor, "audience">, prefix: string): string {
    return mintToken(place.configFile, { ...who, audience: agents + prefix });
  }

  const seal = sealerIn(join(dir, "data"));
  async function inSession<Headers extends object>(bearer: string, prefix: string, headers: Headers): Promise<Headers> {
    const { "mcp-session-id": session } = headers as { readonly "mcp-session-id"?: string };
    const { id = "" } = routes.find((route) => route.prefix === prefix) ?? {};
    return session === undefined ? headers : { ...headers, "mcp-session-id": await seal(bearer, id, session) };
  }

  return {
    agents,
    console,
    inSession,
    pid: () => running.pid,
    dir,
    logDir: join(dir, "data/log"),
    policy,
    token,
    output: () => running.output(),
    told: (text) => {
      const wanted = typeof text === "string" ? new RegExp(RegExp.escape(text)) : text;
      return eventually(`the gateway writes ${text}`, () => wanted.exec(running.output()));
    },
    refundBot: () => new HttpAgent(agents, token({ sub: "refund-bot", role: "refunds" }, "/payments")),
    approver: () => (signedIn ??= password.then((known) => signIn(console, "approver", known))),
    approverPassword: () => password,
    kill: (signal) => running.kill(signal),
    startAgain: async () => {
      running = await start(place, until);
      signedIn = null;
    },
    close: async () => {
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
