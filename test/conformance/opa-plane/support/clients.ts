import { BundleServer, type Fault } from "../../../support/bundles/bundle-server.ts";
import { type OpaRun, opaRun } from "../../../support/bundles/opa-run.ts";
import { paymentsRoute } from "../../../support/routes.ts";
import { demoPolicy } from "../../../support/policy-copy.ts";
import { startGateway, type TestGateway } from "../../../support/start-gateway.ts";

/** Where servers have the bundle. */
export const bundlePath = "/v1/bundles/team";

export type Polling = Readonly<Record<string, number>>;

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
}

/** Who asks, with a server of its own. */
export interface Client {
  readonly server: BundleServer;
  /** The revision that judges. */
  revision(): Promise<unknown>;
  /** What its listener answers; `body`: that of a POST, as text. */
  ask(path: string, body?: string): Promise<Answered>;
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

export interface GatewayClient extends Client {
  readonly gateway: TestGateway;
}

/** From now on each server has this bundle, and no fault. */
export function serveAll(clients: readonly Client[], bytes: Buffer, etag: string): void {
  for (const { server } of clients) {
    server.faults.delete(bundlePath);
    server.serve(bundlePath, bytes, etag);
  }
}

const serviceOf = (url: string) => ({
  url: `${url}/v1/`,
  headers: { "X-Tenant": "acme" },
  response_header_timeout_seconds: 3,
});

/** `persist`: whether a start without the server has the bundle that was active. */
export async function opaClient(polling: Polling, script: readonly Fault[], persist = true): Promise<Client> {
  const server = await new BundleServer().listen();
  server.fail(bundlePath, ...script);
  const service = { ...serviceOf(server.url), credentials: { bearer: { token: "s3cret" } } };
  const bundles = { team: { service: "acme", polling, persist } };
  const rest = { status: { service: "acme" }, labels: { region: "eu" } };
  const running: OpaRun = await opaRun({ services: { acme: service }, bundles, ...rest });
  return {
    server,
    revision: () => running.data("system.bundles.team.manifest.revision"),
    ask: (path, body) => answered(running.url + path, body),
    startAgain: () => running.startAgain(),
    async stop() {
      await running.stop();
      await server.close();
    },
  };
}

/** `more`: options of `policy`. */
export async function gatewayClient(
  polling: Polling,
  script: readonly Fault[],
  more: object = {},
  persist = true,
): Promise<GatewayClient> {
  const server = await new BundleServer().listen();
  server.fail(bundlePath, ...script);
  const credentials = { bearer: { token: "env:DEMO_PAYMENTS_KEY" } };
  const service = { ...serviceOf(server.url), credentials, allow_addresses: ["loopback"] };
  const bundle = { bundle: "team", service: "acme", polling, persist };
  const told = { status: { service: "acme" }, ...more };
  const gateway: TestGateway = await startGateway({
    routes: [paymentsRoute("http://127.0.0.1:9")],
    config: {
      policy: { services: { acme: service }, sources: ["library", demoPolicy, bundle], ...told },
      labels: { region: "eu" },
    },
    until: "live",
  });
  const served = async () => {
    const status = (await (await gateway.approver()).get("/api/policy")) as { served: { revision: unknown }[] };
    return status.served[0]?.revision ?? undefined;
  };
  return {
    gateway,
    server,
    revision: served,
    ask: (path, body) => answered(gateway.console + path, body),
    async startAgain() {
      await gateway.kill("SIGTERM");
      await gateway.startAgain();
    },
    async stop() {
      await gateway.close();
      await server.close();
    },
  };
}

/** The token of the only client of the gateway's Data API; OPA asks for none. */
export const dataToken = "env:DEMO_PAYMENTS_KEY";

async function answered(url: string, body?: string): Promise<Answered> {
  const headers = url.includes("/v1/data") ? { authorization: "Bearer demo-payments-key" } : {};
  const answer = await fetch(url, { headers, ...(body !== undefined && { method: "POST", body }) });
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) as unknown };
}
