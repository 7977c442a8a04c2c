/** One OCI registry each, asked by a real `opa run` and by a gateway with the same OPA configuration: the same requests, the same bundles and bodies of the status. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { BundleServer } from "../../support/bundles/bundle-server.ts";
import { opaBuilt, team } from "../../support/bundles/opa-built.ts";
import { type OpaRun, opaRun } from "../../support/bundles/opa-run.ts";
import { type AskedOfRegistry, RegistryServer, registryToken } from "../../support/bundles/registry-server.ts";
import { paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { toldByAll } from "./support/told.ts";

const registries = [new RegistryServer(), new RegistryServer()] as const;
const collectors = [new BundleServer(), new BundleServer()] as const;
const tag = "acme/team:1";

const configOf = (index: 0 | 1): object => ({
  services: {
    told: { url: `${collectors[index].url}/v1` },
    registry: {
      url: registries[index].url,
      type: "oci",
      credentials: { bearer: { scheme: "Basic", token: "${REGISTRY_LOGIN}" } },
    },
  },
  bundles: {
    team: {
      service: "registry",
      resource: `127.0.0.1:${registries[index].port}/${tag}`,
      polling: { min_delay_seconds: 1, max_delay_seconds: 1 },
    },
  },
  status: { service: "told" },
});

let folder: string;
let running: OpaRun;
let gateway: TestGateway;
beforeAll(async () => {
  process.env["REGISTRY_LOGIN"] = registryToken;
  const bytes = await opaBuilt(team("one"), ["--revision", "r-one"]);
  for (const registry of registries) (await registry.listen()).push(tag, bytes, { inIndex: true });
  for (const registry of registries) registry.guarded = true;
  for (const collector of collectors) await collector.listen();
  folder = await mkdtemp(join(tmpdir(), "sallyport-oci-"));
  const opaConfig = join(folder, "opa.yaml");
  await writeFile(opaConfig, stringify(configOf(1)));
  running = await opaRun(configOf(0));
  const env = { REGISTRY_LOGIN: registryToken };
  gateway = await startGateway({ routes: [paymentsRoute("http://127.0.0.1:9")], opaConfig, env });
}, 60_000);
afterAll(async () => {
  await Promise.all([running.stop(), gateway.close()]);
  await Promise.all([...registries, ...collectors].map((server) => server.close()));
  await rm(folder, { recursive: true, force: true });
  delete process.env["REGISTRY_LOGIN"];
});

/**
 * What was asked for: OPA gets the configuration of the artifact too, asks without its token before each request, and names one type for
 * what has a digest.
 */
function asked(requests: readonly AskedOfRegistry[], registry: RegistryServer): string[] {
  const isConfig = (path: string) => registry.bytesOf(path.split("/").at(-1) ?? "").toString() === "{}";
  const own = requests.filter(({ path, headers }) => !isConfig(path) && /^Bearer /.test(headers.authorization ?? ""));
  return [
    ...new Set(
      own.map(({ method, path, headers }) => [method, path, ...(method === "HEAD" ? [headers.accept] : [])].join(" ")),
    ),
  ].sort();
}

const revision = (wanted: string) =>
  toldByAll(
    collectors.map((server) => ({ server })),
    ({ active_revision, code }) => active_revision === wanted && code === undefined,
  );

test("pulls the layer of a tag, tells of it, and pulls what the tag is next, as opa does", async () => {
  const [opaOne, ownOne] = await revision("r-one");
  expect(ownOne).toEqual(opaOne);
  expect(opaOne).toMatchObject({ bundles: { team: { type: "snapshot" } } });
  const [ofOpa, ofGateway] = registries.map((registry) => asked(registry.asked, registry));
  expect(ofGateway).toEqual(ofOpa);
  expect(ofOpa?.length).toBeGreaterThanOrEqual(4);

  for (const registry of registries) registry.failing = 503;
  const [opaAway, ownAway] = await toldByAll(
    collectors.map((server) => ({ server })),
    ({ code }) => code !== undefined,
  );
  expect(ownAway).toEqual(opaAway);

  const bytes = await opaBuilt(team("two"), ["--revision", "r-two"]);
  for (const registry of registries) {
    registry.failing = null;
    registry.push(tag, bytes);
  }
  const [opaTwo, ownTwo] = await revision("r-two");
  expect(ownTwo).toEqual(opaTwo);
}, 120_000);
