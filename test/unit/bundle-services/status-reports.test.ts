import { StatusReports } from "../../../gateway/bundle-services/status-reports.ts";
import type { BundleService } from "../../../gateway/domain/bundle-service.ts";
import { testServices } from "../../support/bundles/services.ts";
import { BundleServer } from "../../support/bundles/bundle-server.ts";
import { eventually } from "../../support/eventually.ts";

const path = "/v1/status/eu/gw-1";
let server: BundleServer;
let reports: StatusReports;
/** Makes each body another one. */
let made = 0;
const warnings: unknown[] = [];
beforeEach(async () => {
  server = await new BundleServer().listen();
  made = 0;
  warnings.length = 0;
});
afterEach(async () => {
  await reports.stop();
  await server.close();
});

/** `isTold`: whether there is a service to tell. */
function open(changes: Partial<BundleService> = {}, isTold: () => boolean = () => true): StatusReports {
  const service: BundleService = {
    name: "acme",
    type: "bundles",
    url: `${server.url}/v1`,
    headers: { "X-Tenant": "acme" },
    tls: { caFile: null, client: null },
    addresses: new Set(["loopback"] as const),
    headerTimeoutMs: 10_000,
    credential: { kind: "bearer", scheme: "Bearer", reference: "env:TOKEN", encoded: false },
    ...changes,
  };
  reports = new StatusReports({
    target: () => (isTold() ? { service, partition: "eu/gw-1" } : null),
    body: () => ({ made: ++made }),
    services: testServices({ "env:TOKEN": "s3cret" }),
    clock: { now: () => Date.parse("2026-11-29T05:00:00Z"), monotonic: () => 0 },
    logger: { debug: () => {}, info: () => {}, error: () => {}, warn: (text, fields) => warnings.push([text, fields]) },
    random: () => 0.5,
  });
  return reports;
}

const takes = (count: number) =>
  eventually("the state is taken", () => (server.told.length < count ? null : server.told.length));

test("tells nobody where there is no service to tell, and the next change once there is one", async () => {
  let isTold = false;
  let asked = 0;
  open({}, () => (asked++, isTold)).changed();
  await eventually("the change is done", () => asked > 0 || null);
  isTold = true;
  reports.changed();
  await takes(1);
  expect([server.told, reports.findings()]).toEqual([[{ made: 1 }], []]);
});

test("posts the state with the headers and the credential of the service", async () => {
  open().changed();
  await takes(1);
  expect(server.asks(path)).toMatchObject([
    {
      method: "POST",
      headers: { "x-tenant": "acme", authorization: "Bearer s3cret", "content-type": "application/json" },
    },
  ]);
  expect(server.told).toEqual([{ made: 1 }]);
  expect(reports.findings()).toEqual([]);
});

test("tells the newest state once a service that does not answer does, and keeps nothing of those between", async () => {
  server.fail(path, "hang");
  open({ headerTimeoutMs: 300 }).changed();
  await server.askedTimes(path, 1);
  for (let times = 0; times < 100; times += 1) reports.changed();
  expect(made).toBe(1);
  await takes(1);
  expect(server.told).toEqual([{ made: 2 }]);
  expect(server.asks(path)).toHaveLength(2);
});

test.each<[string, Partial<BundleService>, "status" | "reset" | null, RegExp]>([
  ["refuses it", {}, "status", /: it answered 503 Service Unavailable$/],
  ["cuts the connection", {}, "reset", /: could not be reached \(ECONNRESET\)$/],
  ["is at an address that is not allowed", { addresses: new Set() }, null, /\(upstream_address_refused\)$/],
  [
    "wants a secret that is not there",
    { headers: { "X-Key": "env:GONE" } },
    null,
    /: environment variable GONE is not set$/,
  ],
])("tells of a service that %s, and tries again", async (_what, changes, fault, problem) => {
  if (fault !== null) server.fail(path, ...Array(3).fill(fault === "reset" ? fault : { status: 503 }));
  open(changes).changed();
  const [finding] = await eventually("it is found", () => (reports.findings().length > 0 ? reports.findings() : null));
  expect(finding).toMatchObject({
    name: "policy-status",
    problem: expect.stringMatching(problem),
    severity: "degraded",
  });
  expect(finding?.problem).toMatch(/^the state of bundles cannot be told to acme since 2026-11-29T05:00:00.000Z/);
  expect(JSON.stringify([finding, warnings])).not.toContain("s3cret");
  if (fault === null) return;
  await takes(1);
  await eventually("it is well again", () => (reports.findings().length === 0 ? true : null));
  expect(server.asks(path)).toHaveLength(4);
  expect(warnings).toHaveLength(1);
});

test("ends within moments while the service is silent, after one more attempt", async () => {
  server.fail(path, "hang");
  open().changed();
  await server.askedTimes(path, 1);
  await reports.stop();
  expect(server.told).toEqual([{ made: 2 }]);
  reports.changed();
  expect(made).toBe(2);
});
