import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Config } from "../../../../gateway/config/config.ts";
import { readConfig } from "../../../../gateway/config/read-config.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-opa-config-"));
const own = join(folder, "sallyport.yaml");
const opa = join(folder, "opa.yaml");
beforeAll(() => {
  mkdirSync(join(folder, "policy"));
  Object.assign(process.env, { PLANE_HOST: "control.example.com", PLANE_SECONDS: "7", PLANE_TOKEN: "s3cret" });
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(opaText: string, ownText = ""): { config: Config; warnings: string[] } {
  const login = "listeners: { console: { login: { users: [{ name: ann, roles: [operator] }] } } }";
  writeFileSync(own, `version: 1\n${login}\n${ownText}`);
  writeFileSync(opa, opaText);
  const warnings: string[] = [];
  const config = readConfig(own, { secrets: false, opaConfig: opa, warn: (line) => void warnings.push(line) });
  return { config, warnings };
}

const whole = `services:
  acme:
    url: https://\${PLANE_HOST}/v1/
    response_header_timeout_seconds: \${PLANE_SECONDS}
    headers: { X-Tenant: "a-\${PLANE_HOST}", X-Key: "\${PLANE_TOKEN}", X-Odd: "\${PLANE_UNSET}" }
    credentials: { bearer: { token: "\${PLANE_TOKEN}", scheme: Token } }
  other: { url: https://other.example.com, allow_insecure_tls: true }
labels: { region: eu }
bundles:
  team:
    service: acme
    resource: b/team.tar.gz
    persist: true
    polling: { min_delay_seconds: 5, max_delay_seconds: 9, trigger: manual }
  rest: {}
status: { service: acme, partition_name: gateways, prometheus: true, console: true }
decision_logs:
  service: acme
  reporting: { upload_size_limit_bytes: 65536, min_delay_seconds: 3 }
default_decision: /a/b
`;

test("takes services, bundles, status, decision logs and labels, with variables replaced and secrets as references", () => {
  const { config } = read(whole);
  const { sources, status } = config.policy;
  expect(config.labels).toEqual({ region: "eu" });
  expect(sources.map(({ kind }) => kind)).toEqual(["library", "bundle", "bundle"]);
  const [, team, rest] = sources;
  expect(team).toMatchObject({
    served: {
      name: "team",
      resource: "b/team.tar.gz",
      persist: true,
      polling: { minMs: 5_000, maxMs: 9_000 },
      service: {
        name: "acme",
        url: "https://control.example.com/v1",
        headerTimeoutMs: 7_000,
        headers: { "X-Tenant": "a-control.example.com", "X-Key": "env:PLANE_TOKEN", "X-Odd": "env:PLANE_UNSET" },
        credential: { kind: "bearer", scheme: "Token", reference: "env:PLANE_TOKEN" },
      },
    },
  });
  expect(rest).toMatchObject({ served: { name: "rest", resource: "bundles/rest", service: { name: "acme" } } });
  expect(status).toMatchObject({ partition: "gateways", service: { name: "acme" } });
  expect(config.record.ship).toMatchObject([
    {
      name: "opa-decision-logs",
      to: {
        kind: "opa",
        url: "https://control.example.com/v1/logs",
        chunkBytes: 65_536,
        token: { scheme: "Token", reference: "env:PLANE_TOKEN" },
      },
    },
  ]);
});

test("warns of each option that has no effect, by file, line and name, and of no secret", () => {
  const { warnings } = read(whole);
  expect(warnings.map((line) => line.replace(`${opa}:`, ""))).toEqual([
    expect.stringMatching(/^7:\d+ services\.other\.allow_insecure_tls: is not supported/),
    expect.stringMatching(/^14:\d+ bundles\.team\.polling\.trigger: is not supported/),
    expect.stringMatching(/^16:\d+ status\.console: is not supported/),
    expect.stringMatching(/^18:\d+ decision_logs\.service: has headers \(X-Tenant, X-Key, X-Odd\)/),
    expect.stringMatching(/^19:\d+ decision_logs\.reporting\.min_delay_seconds: is not supported/),
    expect.stringMatching(/^20:\d+ default_decision: is not supported/),
  ]);
  expect(warnings.join()).not.toContain("s3cret");
});

test("takes bundles of a registry, and files of this machine as what they are", () => {
  writeFileSync(join(folder, "team.tar.gz"), "");
  const bundles = `bundles:
  one: { service: registry, resource: "ghcr.io/acme/authz:1" }
  two: { resource: "file://${folder}/team.tar.gz", polling: { min_delay_seconds: 3 } }
  three: { resource: "file://${folder}/policy" }`;
  const { config, warnings } = read(`services: { registry: { url: https://ghcr.io, type: OCI } }\n${bundles}`);
  expect(config.policy.sources).toMatchObject([
    { kind: "library" },
    { kind: "bundle", served: { resource: "ghcr.io/acme/authz:1", service: { type: "oci" } } },
    { kind: "archive", path: join(folder, "team.tar.gz") },
    { kind: "folder", path: join(folder, "policy") },
  ]);
  expect(warnings).toEqual([]);
});

test("adds to what the gateway's own configuration has", () => {
  const list =
    "services: [{ name: acme, url: https://a.example.com, credentials: { bearer: { token_path: token } } }]\n";
  const { config, warnings } = read(
    `${list}bundles: { team: {} }\nlabels: { region: eu }`,
    "labels: { tier: one }\npolicy:\n  services: { mine: { url: https://mine.example.com } }\n  sources: [./policy]\n",
  );
  expect(config.labels).toEqual({ tier: "one", region: "eu" });
  expect(config.policy.sources.map(({ kind }) => kind)).toEqual(["folder", "bundle"]);
  const reference = `file:${resolve("token")}`;
  expect(config.policy.sources[1]).toMatchObject({
    served: { service: { credential: { kind: "bearer", scheme: "Bearer", reference } } },
  });
  expect(warnings).toEqual([]);
});

test.each([
  ["status: { prometheus: true }", "status", "prometheus and no service"],
  ["status: { console: true, partition_name: a }", "status", "console and no service"],
  ["status: { plugin: mine, service: acme }", "status", "plugin"],
  ["decision_logs: { console: true }", "decision_logs", "console and no service"],
  ["decision_logs: { plugin: mine }", "decision_logs", "plugin"],
])("%s sends nothing to a service, with or without any, and is a warning", (section, name, why) => {
  for (const services of [acme, ""]) {
    const { config, warnings } = read(`${services}${section}`, folders);
    expect([config.policy.status, config.record.ship]).toEqual([null, []]);
    expect(warnings).toEqual([expect.stringContaining(` ${name}: has ${why}, so that OPA sends it to no service`)]);
  }
});

test("without a service and with nothing in its place, status and decision logs go to the first one", () => {
  const { config } = read(`${acme}status: { console: false, prometheus: false }\ndecision_logs: {}`, folders);
  expect(config.policy.status).toMatchObject({ service: { name: "acme" } });
  expect(config.record.ship).toMatchObject([{ name: "opa-decision-logs" }]);
});

const folders = "policy: { sources: [./policy] }";
const acme = "services: { acme: { url: https://a.example.com } }\n";

test.each<[string, string, string, RegExp]>([
  [
    "a token in the file",
    "services:\n  acme:\n    url: https://a\n    credentials: { bearer: { token: s3cret } }",
    "",
    /opa\.yaml:4:\d+ services\.acme\.credentials\.bearer\.token: stands in the file itself/,
  ],
  ["a service without a url", "services:\n  acme: {}", "", /opa\.yaml:2:\d+ services\.acme\.url:/],
  [
    "plain http",
    "services:\n  acme:\n    url: http://a.example.com",
    "",
    /opa\.yaml:3:\d+ services\.acme\.url: plain http beyond loopback/,
  ],
  [
    "a service in a list without a name",
    "services:\n  - url: https://a",
    "",
    /opa\.yaml:2:\d+ services\[0\]\.name: is required/,
  ],
  ["services that are a text", "services: acme", "", /opa\.yaml:1:1 services: expected a mapping of names/],
  ["bundles that are a list", `${acme}bundles: []`, "", /opa\.yaml:2:\d+ bundles: expected a mapping/],
  [
    "a service that is not there",
    `${acme}bundles:\n  team: { service: acne }`,
    "",
    /opa\.yaml:3:\d+ bundles\.team\.service: is none of services: acme/,
  ],
  [
    "a file of another machine",
    'bundles:\n  team: { resource: "file://host/a.tar.gz" }',
    "",
    /opa\.yaml:2:\d+ bundles\.team\.resource: is no address of a file/,
  ],
  [
    "a service without the credential that decision logs have",
    'services:\n  acme:\n    url: https://a\n    credentials: { oauth2: { token_url: https://b, client_id: c, client_secret: "${S}" } }\ndecision_logs: {}',
    "",
    /opa\.yaml:5:\d+ decision_logs\.service: has credentials\.oauth2/,
  ],
  ["no service at all", "status: {}", "", /opa\.yaml:1:\d+ status\.service: is none of services: there is none/],
  [
    "delays the wrong way round",
    `${acme}bundles:\n  team:\n    polling: { min_delay_seconds: 9, max_delay_seconds: 2 }`,
    "",
    /opa\.yaml:4:\d+ bundles\.team\.polling\.max_delay_seconds: must not be shorter/,
  ],
  [
    "keys for signatures",
    `${acme}bundles:\n  team: { signing: { keyid: k } }`,
    "",
    /opa\.yaml:3:\d+ bundles\.team\.signing: is not read from here/,
  ],
  [
    "a label of every gateway",
    "labels: { id: x }",
    "",
    /opa\.yaml:1:\d+ .*labels that the gateway itself gives|labels.*itself gives/,
  ],
  [
    "a label that is there twice",
    "labels: { a: x }",
    "labels: { a: y }",
    /opa\.yaml:1:\d+ labels\.a: is a label of the gateway's own/,
  ],
  [
    "a service that is there twice",
    acme,
    "policy: { services: { acme: { url: https://b } } }",
    /opa\.yaml:1:1 services: acme is one of policy\.services/,
  ],
  [
    "a status that is there twice",
    `${acme}status: {}`,
    "policy: { services: { b: { url: https://b } }, status: { service: b } }",
    /opa\.yaml:2:1 status: stands in the gateway's own/,
  ],
  [
    "a source that is a policy alone",
    `${acme}bundles: { team: {} }`,
    "policy: { source: ./policy }",
    /opa\.yaml:2:1 bundles: stands beside policy\.source/,
  ],
  ["no YAML", "services: {", "", /opa\.yaml:\d+:\d+ /],
  ["no mapping", "- a", "", /opa\.yaml:1:1 expected a mapping/],
])("refuses %s, with the place in the OPA configuration", (_what, opaText, ownText, message) => {
  let thrown: unknown;
  try {
    read(opaText, ownText);
  } catch (failure) {
    thrown = failure;
  }
  expect(String(thrown)).toMatch(message);
  expect(String(thrown)).not.toContain("s3cret");
});

test("refuses a file that is not there by its name", () => {
  expect(() => readConfig(own, { secrets: false, opaConfig: join(folder, "none.yaml") })).toThrow(
    /none\.yaml:1:1 no such file/,
  );
});

const discovered = (discovery: string): string =>
  `services: { acme: { url: "https://control.example.com" } }\ndiscovery: ${discovery}\n`;

test("takes the discovery bundle, also by the name that older configurations give it, and the library where there are no sources", () => {
  const { policy } = read(
    discovered('{ resource: "/disco", decision: site/config, persist: true, polling: { max_delay_seconds: 200 } }'),
  ).config;
  expect(policy.sources).toEqual([{ kind: "library" }]);
  expect(policy.discovery).toMatchObject({
    bundle: {
      name: "discovery",
      resource: "disco",
      persist: true,
      service: { name: "acme" },
      polling: { maxMs: 200_000 },
    },
    decision: ["site", "config"],
    signing: null,
  });
  const older = read(discovered("{ name: site/config, prefix: older }")).config.policy.discovery;
  expect(older).toMatchObject({ bundle: { resource: "older/site/config" }, decision: ["site", "config"] });
});

test.each([
  ["{ service: acne, resource: d }", "", /opa\.yaml:2:\d+ discovery\.service: is none of services: acme/],
  ["{ service: acme }", "", /opa\.yaml:2:\d+ discovery(?:\.resource)?: is required/],
  ["{ resource: d, signing: { keyid: k } }", "", /discovery\.signing: is not read from here/],
  ["{ resource: d }", "policy: { source: ./rego }", /discovery: stands beside policy\.source/],
  ["{ resource: d, decision: a-b }", "", /discovery\.decision: expected a path/],
])("refuses discovery: %s", (discovery, own, problem) => {
  expect(() => read(discovered(discovery), own)).toThrow(problem);
});
