import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { BundleServer } from "../../../support/bundles/bundle-server.ts";
import { type OpaRun, opaRun } from "../../../support/bundles/opa-run.ts";
import { paymentsRoute } from "../../../support/routes.ts";
import { startGateway, type TestGateway } from "../../../support/start-gateway.ts";

/** A real `opa run` and a gateway, which are given the same OPA configuration. */
export interface OneConfig {
  readonly folder: string;
  readonly running: OpaRun;
  readonly gateway: TestGateway;
  /** Ends both, and their servers. */
  close(): Promise<void>;
}

/** `servers`: of OPA and of the gateway, which listen already. */
export async function startWithOneConfig(
  configOf: (server: BundleServer) => object,
  servers: readonly [BundleServer, BundleServer],
): Promise<OneConfig> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-opa-config-"));
  const opaConfig = join(folder, "opa.yaml");
  await writeFile(opaConfig, stringify(configOf(servers[1])));
  const running = await opaRun(configOf(servers[0]));
  const gateway = await startGateway({ routes: [paymentsRoute("http://127.0.0.1:9")], opaConfig });
  async function close(): Promise<void> {
    await Promise.all([running.stop(), gateway.close()]);
    await Promise.all([...servers.map((server) => server.close()), rm(folder, { recursive: true, force: true })]);
  }
  return { folder, running, gateway, close };
}
