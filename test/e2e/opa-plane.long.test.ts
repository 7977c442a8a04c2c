/** docs/opa-plane.md, done as it stands with a gateway that is a process; only ports, addresses and the place of the token are others. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { root } from "../conformance/house/guards/tree.ts";
import { BundleServer } from "../support/bundles/bundle-server.ts";
import { opaBuilt } from "../support/bundles/opa-built.ts";
import { eventually } from "../support/eventually.ts";
import { demoPolicy } from "../support/policy-copy.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

interface StatusSection {
  readonly labels: object;
  readonly policy: { readonly services: { readonly acme: object }; readonly status: object };
}

interface DataSection {
  readonly policy: { readonly data_api: { readonly clients: { readonly checkout: object } } };
}

const server = new BundleServer();
let manual: string;
let gateway: TestGateway;

/** The first block of the language that has this part. */
function blockOf(text: string, language: string, part: string): string {
  const found = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].find(
    (one) => one[1] === language && one[2]?.includes(part),
  );
  if (found?.[2] === undefined) throw new Error(`the page has no ${language} block with ${part}`);
  return found[2];
}

beforeAll(async () => {
  const pages = ["opa-plane.md", "bundle-services.md"].map((name) => readFile(join(root, "docs", name), "utf8"));
  const [page = "", walkThrough = ""] = await Promise.all(pages);
  manual = page;
  await server.listen();
  const rego = blockOf(walkThrough, "rego", "package refunds");
  const bundle = await opaBuilt({ "refunds/refunds.rego": rego, "refunds/data.json": '{"limit":200}' }, [
    "--revision",
    "r1",
  ]);
  server.serve("/v1/bundles/refunds", bundle, '"1"');
  const { labels, policy } = parse(blockOf(manual, "yaml", "status:")) as StatusSection;
  const { data_api: api } = (parse(blockOf(manual, "yaml", "data_api:")) as DataSection).policy;
  const token = { token: "env:DEMO_PAYMENTS_KEY" };
  const acme = {
    ...policy.services.acme,
    url: `${server.url}/v1`,
    allow_addresses: ["loopback"],
    credentials: { bearer: token },
  };
  gateway = await startGateway({
    routes: [paymentsRoute("http://127.0.0.1:9")],
    config: {
      labels,
      policy: {
        services: { acme },
        status: policy.status,
        data_api: { ...api, clients: { checkout: token } },
        sources: ["library", demoPolicy, { bundle: "refunds", service: "acme", resource: "bundles/refunds" }],
      },
    },
  });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  await server.close();
});

test("tells the service what the page says, with the labels", async () => {
  const body = await eventually("the bundle is told", () => {
    const last = server.told.at(-1) as { readonly bundles?: object } | undefined;
    return last?.bundles === undefined ? null : last;
  });
  expect(server.asks("/v1/status/gateways").length).toBeGreaterThan(0);
  expect(body).toMatchObject({
    labels: { id: "test", instance: "test", region: "eu", version: expect.any(String) },
    bundles: { refunds: { active_revision: "r1" } },
    plugins: { bundle: { state: "OK" }, status: { state: "OK" } },
  });
});

test("answers the probes of the page", async () => {
  for (const query of ["", "?bundles", "?plugins", "?plugins&exclude-plugin=bundle"])
    expect((await fetch(`${gateway.console}/health${query}`)).status).toBe(200);
});

test("answers the command of the page as the page says", async () => {
  const command = blockOf(manual, "sh", "curl").replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, gateway.console);
  const env = { ...process.env, CHECKOUT_TOKEN: "demo-payments-key" };
  const { stdout } = await promisify(execFile)("bash", ["-euc", command], { env });
  const told = JSON.parse(stdout) as object;
  const page = JSON.parse(blockOf(manual, "json", "decision_id")) as object;
  expect(told).toEqual({ ...page, decision_id: expect.stringMatching(/^d_/) });
});
