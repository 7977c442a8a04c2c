/**
 * One OPA configuration with discovery, given as it is to a real `opa run` and to a gateway: both ask for the document and for what it
 * names, and tell the same of it, ids, times and texts aside.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Asked, BundleServer, type Fault } from "../../support/bundles/bundle-server.ts";
import { opaBuilt, packed, team } from "../../support/bundles/opa-built.ts";
import type { OpaRun } from "../../support/bundles/opa-run.ts";
import { eventually } from "../../support/eventually.ts";
import { paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { type OneConfig, startWithOneConfig } from "./support/one-config.ts";
import { discoveryToldByAll, type BundleBody } from "./support/told.ts";

const polling = { min_delay_seconds: 1, max_delay_seconds: 1 };
const [documentPath, onePath, twoPath] = ["/v1/disco", "/v1/b/eu.tar.gz", "/v1/b/two.tar.gz"];
const configOf = ({ url }: BundleServer): object => ({
  services: { acme: { url: `${url}/v1`, headers: { "X-Tenant": "acme" }, response_header_timeout_seconds: 3 } },
  labels: { region: "eu" },
  discovery: { resource: "disco", decision: "site/config", polling, persist: true },
});

/** A rule makes the resource of the labels. */
const ruled = {
  "site/config.rego": `package site.config

bundles.team := {
	"service": "acme",
	"resource": sprintf("b/%s.tar.gz", [opa.runtime().config.labels.region]),
	"polling": {"min_delay_seconds": 1, "max_delay_seconds": 1},
}

status.service := "acme"

labels.stage := "test"
`,
};
const documentOf = (document: object): Record<string, string> => ({
  "data.json": JSON.stringify({ site: { config: document } }),
});
const namingTwo = documentOf({
  bundles: { team: { service: "acme", resource: "b/two.tar.gz", polling } },
  status: { service: "acme" },
  labels: { stage: "test" },
});

const servers = [new BundleServer(), new BundleServer()] as const;
const clients = servers.map((server) => ({ server }));
let [first, second]: Buffer[] = [];
let started: OneConfig;
let folder: string;
let running: OpaRun;
let gateway: TestGateway;
beforeAll(async () => {
  const [one, two] = await Promise.all(["one", "two"].map((name) => opaBuilt(team(name), ["--revision", `r-${name}`])));
  first = await opaBuilt(ruled, ["--revision", "d1"]);
  second = await opaBuilt(namingTwo, ["--revision", "d2"]);
  for (const server of servers) {
    await server.listen();
    server.serve(documentPath, first, '"d1"');
    server.serve(onePath, one!, '"1"');
    server.serve(twoPath, two!, '"2"');
  }
  started = await startWithOneConfig(configOf, servers);
  ({ folder, running, gateway } = started);
}, 60_000);
afterAll(() => started.close());

/** What may differ: who asks, and how its connections are kept and compressed. */
function comparable({ method, path, headers }: Asked): object {
  const { host: _host, "user-agent": _agent, "accept-encoding": _encoding, connection: _connection, ...rest } = headers;
  const prefer = String(headers["prefer"]).replace("modes=snapshot,delta", "modes=snapshot");
  return { method, path, headers: { ...rest, prefer } };
}

async function asked(path: string, count: number): Promise<object[][]> {
  const all = await Promise.all(servers.map((server) => server.askedTimes(path, count)));
  return all.map((requests) => requests.slice(0, count).map(comparable));
}

function serve(bytes: Buffer, etag: string): void {
  for (const server of servers) {
    server.faults.delete(documentPath);
    server.serve(documentPath, bytes, etag);
  }
}

function fail(fault: Fault): void {
  for (const server of servers) {
    server.faults.delete(documentPath);
    server.fail(documentPath, ...Array<Fault>(500).fill(fault));
  }
}

const told = (isSo: (discovery: BundleBody, team: BundleBody | undefined) => boolean) =>
  discoveryToldByAll(clients, isSo);
const health = (path: string): Promise<number[]> =>
  Promise.all([running.url, gateway.console].map(async (url) => (await fetch(url + path)).status));

test("asks for the document and for the bundle that it names, and tells of both", async () => {
  const [opas, own] = await asked(documentPath, 3);
  expect(own).toEqual(opas);
  const [opaTeam, ownTeam] = await asked(onePath, 2);
  expect(ownTeam).toEqual(opaTeam);
  const [opaTold, ownTold] = await told(
    ({ active_revision }, bundle) => active_revision === "d1" && bundle?.active_revision === "r-one",
  );
  expect(ownTold).toEqual(opaTold);
  expect(opaTold).toMatchObject({
    labels: { region: "eu", stage: "test" },
    discovery: { name: "discovery", type: "snapshot", size: first?.length },
    plugins: { bundle: { state: "OK" }, discovery: { state: "OK" }, status: { state: "OK" } },
  });
  expect(await health("/health?bundles&plugins")).toEqual([200, 200]);
}, 90_000);

test("keeps the document through answers that are none, and documents that are not to be, and tells why", async () => {
  fail({ status: 503 });
  const [opaAway, ownAway] = await told(({ http_code }) => http_code === 503);
  expect(ownAway).toEqual(opaAway);

  fail({ bytes: await packed({ "site/config.rego": "package site.config\n\nx := no.such(1)\n" }), etag: '"bad"' });
  const [opaBad, ownBad] = await told(({ errors }) => errors !== undefined);
  expect(ownBad).toEqual(opaBad);

  const problem = async (files: Readonly<Record<string, string>>, etag: string): Promise<object[]> => {
    const bytes = await opaBuilt(files);
    fail({ bytes, etag });
    return told(({ code, errors, size }) => code !== undefined && errors === undefined && size === bytes.length);
  };
  const [opaNone, ownNone] = await problem({ "data.json": "{}" }, '"nothing"');
  expect(ownNone).toEqual(opaNone);

  // OPA has taken the labels of such a document already when it finds that there is no such service.
  const bundles = { team: { service: "acne", resource: "b/two.tar.gz" } };
  const lost = documentOf({ bundles, labels: { stage: "test" } });
  const [opaLost, ownLost] = await problem(lost, '"lost"');
  expect(ownLost).toEqual(opaLost);
  expect(opaLost).toMatchObject({ discovery: { active_revision: "d1", code: "bundle_error", message: "a text" } });
  // Each goes on from the document that is in force.
  expect(servers.map((server) => server.asks(documentPath).at(-1)?.headers["if-none-match"])).toEqual(['"d1"', '"d1"']);
}, 180_000);

test("follows the next document: another bundle is asked for and judges", async () => {
  serve(second!, '"d2"');
  const [opaTold, ownTold] = await told(
    ({ active_revision, code }, bundle) =>
      active_revision === "d2" && code === undefined && bundle?.active_revision === "r-two",
  );
  expect(ownTold).toEqual(opaTold);
  expect(await eventually("opa has it", async () => (await running.data("team.told")) === "two" || null)).toBe(true);
  const served = await Promise.all(servers.map((server) => server.askedTimes(twoPath, 2)));
  expect(served.map((requests) => requests.length >= 2)).toEqual([true, true]);
}, 90_000);

test("says on /readyz, in the log and in metrics what became of a document", async () => {
  fail({ bytes: await opaBuilt(documentOf({ services: { other: { url: "http://127.0.0.1:9" } } })), etag: '"3"' });
  const found = await eventually("the finding", async () => {
    const body = await (await fetch(`${gateway.console}/readyz`)).text();
    return body.includes("bundle discovery of acme") ? body : null;
  });
  expect(found).toContain("services may not come from a document");
  const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
  expect(metrics).toMatch(/^bundle_failed_load_counter\{name="discovery"\} [1-9]/m);
  expect(metrics).toMatch(/^bundle_loaded_counter\{name="discovery"\} 2$/m);
  await gateway.told(/bundle discovery: downloaded and not activated; services may not come from a document/);
}, 60_000);

test("sends no decision by the decision_logs of a document, where OPA does, and says so on /readyz", async () => {
  const logs = { service: "acme", reporting: { min_delay_seconds: 1, max_delay_seconds: 1 } };
  const bundles = { team: { service: "acme", resource: "b/two.tar.gz", polling } };
  const wanting = { bundles, status: { service: "acme" }, decision_logs: logs };
  serve(await opaBuilt(documentOf(wanting), ["--revision", "d5"]), '"5"');
  const finding = await eventually("the finding", async () => {
    const body = await (await fetch(`${gateway.console}/readyz`)).text();
    return body.includes("policy-discovered-logs") ? body : null;
  });
  expect(finding).toContain("no decision is sent by it");
  await gateway.told(/discovered configuration: decision_logs is not followed/);
  await eventually("a decision of OPA is sent", async () => {
    await running.data("team.told");
    return servers[0].asks("/v1/logs").length > 0 || null;
  });
  expect((await fetch(`${gateway.agents}/payments/refunds`)).status).toBe(401);
  // More seconds than a decision waits before it is sent.
  await servers[1].askedTimes(documentPath, servers[1].asks(documentPath).length + 3);
  expect(servers[1].asks("/v1/logs")).toEqual([]);

  serve(second!, '"d2"');
  await eventually("the finding is gone", async () => {
    const body = await (await fetch(`${gateway.console}/readyz`)).text();
    return body.includes("policy-discovered-logs") ? null : true;
  });
}, 90_000);

test("a gateway is not ready before the first document, although it has a policy of its own", async () => {
  const server = await new BundleServer().listen();
  server.fail(documentPath, ...Array<Fault>(500).fill({ status: 503 }));
  const opaConfig = join(folder, "away.yaml");
  await writeFile(opaConfig, stringify(configOf(server)));
  const waiting = await startGateway({ routes: [paymentsRoute("http://127.0.0.1:9")], opaConfig, until: "live" });
  try {
    const ready = await fetch(`${waiting.console}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining("no policy is active")]);
    expect((await fetch(`${waiting.console}/health?bundles`)).status).toBe(500);
  } finally {
    await waiting.close();
    await server.close();
  }
}, 60_000);
