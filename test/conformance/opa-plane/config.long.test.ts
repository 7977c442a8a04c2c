/** One OPA configuration, given as it is to a real `opa run` and to a gateway: both take the bundle, and tell the same places. */
import { BundleServer } from "../../support/bundles/bundle-server.ts";
import { opaBuilt, team } from "../../support/bundles/opa-built.ts";
import type { OpaRun } from "../../support/bundles/opa-run.ts";
import { eventually } from "../../support/eventually.ts";
import type { TestGateway } from "../../support/start-gateway.ts";
import { type OneConfig, startWithOneConfig } from "./support/one-config.ts";

const configOf = ({ url }: BundleServer): object => ({
  services: [
    {
      name: "acme",
      url: `${url}/v1`,
      headers: { "X-Tenant": "acme" },
      credentials: { bearer: { token: "${DEMO_PAYMENTS_KEY}" } },
    },
  ],
  labels: { region: "eu-${DEMO_CRM_KEY}" },
  bundles: { team: { resource: "b/team.tar.gz", polling: { min_delay_seconds: 1, max_delay_seconds: 1 } } },
  status: { partition_name: "gates" },
  decision_logs: { reporting: { min_delay_seconds: 1, max_delay_seconds: 1 } },
  default_decision: "/team/told",
});

const servers = [new BundleServer(), new BundleServer()] as const;
let started: OneConfig;
let running: OpaRun;
let gateway: TestGateway;
beforeAll(async () => {
  Object.assign(process.env, { DEMO_PAYMENTS_KEY: "demo-payments-key", DEMO_CRM_KEY: "demo-crm-key" });
  const bytes = await opaBuilt(team("one"), ["--revision", "r-one"]);
  for (const server of servers) (await server.listen()).serve("/v1/b/team.tar.gz", bytes, '"1"');
  started = await startWithOneConfig(configOf, servers);
  ({ running, gateway } = started);
}, 60_000);
afterAll(() => started.close());

test("takes the bundle, tells the status and sends decisions where opa does, with the same credential", async () => {
  expect(await eventually("opa has it", async () => (await running.data("team.told")) ?? null)).toBe("one");
  await gateway.refundBot().call({
    method: "POST",
    path: "/payments/v1/refunds",
    json: { order_id: "o-1", amount: 1, currency: "EUR", reason: "x" },
  });
  const asked = await Promise.all(
    servers.map(async (server) => {
      const seen = async (path: string) => {
        const { method, headers } = (await server.askedTimes(path, 1))[0] as (typeof server.asked)[number];
        return { method, authorization: headers.authorization };
      };
      return {
        bundle: await seen("/v1/b/team.tar.gz"),
        status: await seen("/v1/status/gates"),
        logs: await seen("/v1/logs"),
      };
    }),
  );
  expect(asked[1]).toEqual(asked[0]);
  expect(asked[0]?.logs).toEqual({ method: "POST", authorization: "Bearer demo-payments-key" });
  const labels = servers.map(
    ({ told }) => (told.at(-1) as { readonly labels: { readonly region: string } }).labels.region,
  );
  expect(labels).toEqual(["eu-demo-crm-key", "eu-demo-crm-key"]);
}, 60_000);

test("warns at the start of what has no effect, by file and name", async () => {
  await gateway.told(/warning: .*opa\.yaml:\d+:\d+ default_decision: is not supported and has no effect/);
  await gateway.told(/decision_logs\.reporting\.min_delay_seconds/);
});
