import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Approver, signIn } from "../../../demo/agent/approver.ts";
import { freePort, writeConfig } from "../../../demo/gate/config-file.ts";
import { startChild } from "../../../demo/tools/child.ts";
import { type Authority, localServer } from "../certificates.ts";
import { copyPolicy } from "../policy-copy.ts";
import type { RouteText } from "../routes.ts";
import { clientSecret } from "./issuer.ts";

export interface TlsGateway {
  /** https origin that agents call. */
  readonly agents: string;
  readonly dir: string;
  output(): string;
  approver(): Promise<Approver>;
  write(name: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TlsGatewayOptions {
  /** Whose certificate it shows, and whom it believes as a client of issuers. */
  readonly authority: Authority;
  readonly issuers: readonly object[];
  /** Files beside the configuration. */
  readonly files?: Readonly<Record<string, string>>;
  /** By the origin that agents call. */
  readonly routes: (origin: string) => readonly RouteText[];
}

const startWithinMs = 60_000;

/** A gateway as a process, on TLS, that asks for client certificates, with the starter policy but for its business hours. */
export async function startTlsGateway({
  authority,
  issuers,
  files = {},
  routes,
}: TlsGatewayOptions): Promise<TlsGateway> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-tls-"));
  const policy = copyPolicy(dir);
  await rm(policy.file("sallyport/rules/time"), { recursive: true });
  const { certPem, keyPem } = await localServer(authority);
  const all = { "gateway.pem": certPem, "gateway.key": keyPem, "ca.pem": authority.certPem, ...files };
  const write = (name: string, text: string) => writeFile(join(dir, name), text);
  await Promise.all(Object.entries(all).map(([name, text]) => write(name, text)));
  const [port, consolePort] = await Promise.all([freePort(), freePort()]);
  const agents = `https://127.0.0.1:${port}`;
  const tls = { cert: "gateway.pem", key: "gateway.key", request_client_certificate: true };
  const login = { users: [{ name: "approver", roles: ["payments-approver", "data-approver"] }] };
  const config = await writeConfig(dir, {
    version: 1,
    instance: "test",
    data_dir: "data",
    listeners: { agents: { port, tls }, console: { port: consolePort, login } },
    issuers,
    routes: routes(agents),
    credentials: {
      "payments-api": { prefix: "Bearer ", value: "env:DEMO_PAYMENTS_KEY" },
      "crm-api": { prefix: "Bearer ", value: "env:DEMO_CRM_KEY" },
    },
    policy: { source: policy.dir },
  });
  const child = startChild(["gateway/main.ts", "serve", "--config", config], {
    DEMO_PAYMENTS_KEY: "demo-payments-key",
    DEMO_CRM_KEY: "demo-crm-key",
    INTROSPECTION_SECRET: clientSecret,
    NODE_EXTRA_CA_CERTS: join(dir, "ca.pem"),
  });
  const password = await child.waitFor(
    ({ output }) => /told only now: (\S+)/.exec(output())?.[1] ?? null,
    startWithinMs,
  );
  return {
    agents,
    dir,
    write,
    output: () => child.output(),
    approver: () => signIn(`http://127.0.0.1:${consolePort}`, "approver", password),
    async stop() {
      await child.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
