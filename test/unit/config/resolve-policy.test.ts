import { resolvePolicy } from "../../../gateway/config/resolve-policy.ts";
import { configSchema } from "../../../gateway/config/schema.ts";

const resolved = (policy: object) =>
  resolvePolicy(configSchema.parse({ version: 1, policy }), "/etc/gate", "/var/gate", null);

test("puts a bundle together with its service: paths absolute, units parsed, defaults of OPA", () => {
  const services = {
    acme: {
      url: "https://bundles.example.com/v1/",
      headers: { "X-Key": "file:key.txt", "X-Tenant": "acme" },
      credentials: { bearer: { token: "file:token" }, client_tls: { cert: "c.pem", private_key: "k.pem" } },
      tls: { ca_cert: "ca.pem" },
    },
  };
  const signing = { keys: { release: { file: "release.pem" } }, scope: "production" };
  const bundle = { bundle: "authz", service: "acme", max_stale: "1h", signing };
  expect(resolved({ services, sources: ["library", bundle] }).sources).toEqual([
    { kind: "library" },
    {
      kind: "bundle",
      served: {
        name: "authz",
        service: {
          name: "acme",
          type: "bundles",
          url: "https://bundles.example.com/v1",
          headers: { "X-Key": "file:/etc/gate/key.txt", "X-Tenant": "acme" },
          credential: { kind: "bearer", scheme: "Bearer", reference: "file:/etc/gate/token", encoded: false },
          tls: { caFile: "/etc/gate/ca.pem", client: { certFile: "/etc/gate/c.pem", keyFile: "/etc/gate/k.pem" } },
          addresses: new Set(),
          headerTimeoutMs: 10_000,
        },
        resource: "bundles/authz",
        polling: { minMs: 60_000, maxMs: 120_000, waitS: null },
        persist: false,
        maxBytes: 268_435_456,
        maxStaleMs: 3_600_000,
        denyStale: false,
        folder: "/var/gate/bundles/authz",
      },
      signing: {
        keys: new Map([["release", { algorithm: "RS256", from: { file: "/etc/gate/release.pem" } }]]),
        keyId: null,
        scope: "production",
      },
    },
  ]);
});

test("takes the library where the list names it, and a folder of that name where there is no list", () => {
  expect(resolved({ sources: ["library"] }).sources).toEqual([{ kind: "library" }]);
  expect(resolved({ source: "library" }).sources).toEqual([{ kind: "folder", path: "/etc/gate/library" }]);
  expect(resolved({}).sources).toEqual([{ kind: "folder", path: "/etc/gate/rego" }]);
});

test("knows whom the status is told, and who may ask the Data API for what", () => {
  const services = { acme: { url: "https://control.example.com/v1" } };
  const status = { service: "acme", partition_name: "eu/gw-1" };
  const data_api = { paths: ["refunds/deny"], clients: { shop: { token: "file:token" } }, roles: ["author"] };
  const policy = resolved({ services, status, data_api });
  expect(policy.status).toMatchObject({ service: { url: "https://control.example.com/v1" }, partition: "eu/gw-1" });
  const tokens = new Map([["shop", "file:/etc/gate/token"]]);
  expect(policy.dataApi).toEqual({ paths: ["refunds/deny"], roles: ["author"], tokens });
  expect(resolved({})).toMatchObject({ status: null, dataApi: null });
});

test.each<[string, object]>([
  ["not below sallyport", { paths: ["sallyport/main/decision"], roles: ["a"] }],
  ["not below sallyport", { paths: ["sallyport"], roles: ["a"] }],
  ["expected a path", { paths: ["a//b"], roles: ["a"] }],
  ["expected a path", { paths: ['a"]/b'], roles: ["a"] }],
  ["needs at least one path", { paths: [], roles: ["a"] }],
  ["names a path twice", { paths: ["a", "a"], roles: ["a"] }],
  ["needs clients or roles", { paths: ["a"] }],
])("refuses a Data API: %s", (message, data_api) => {
  const read = configSchema.safeParse({ version: 1, policy: { data_api } });
  expect(read.error?.issues.map((issue) => issue.message).join()).toContain(message);
});

test("refuses labels that every gateway has", () => {
  expect(configSchema.safeParse({ version: 1, labels: { region: "eu" } }).success).toBe(true);
  const read = configSchema.safeParse({ version: 1, labels: { id: "x" } });
  expect(read.error?.issues.map(({ message }) => message).join()).toContain("labels that the gateway itself gives");
});

test("puts a service together with its tokens, and with the keys that sign its requests", () => {
  const url = "https://bundles.example.com";
  const signing_key = { private_key: "file:key.pem" };
  const oauth2 = { token_url: "https://idp.example.com/token", client_id: "gate", signing_key, scopes: ["read"] };
  const identity = { role_arn: "arn:aws:iam::123456789012:role/bundles", token: "file:token" };
  const s3_signing = { region: "eu-central-1", web_identity_credentials: identity };
  const services = {
    one: { url, credentials: { oauth2 }, tls: { ca_cert: "ca.pem" }, allow_addresses: ["private"] },
    two: { url, credentials: { s3_signing } },
    three: { url, credentials: { s3_signing: { region: "eu-central-1", environment_credentials: {} } } },
  };
  const sources = Object.keys(services).map((service) => ({ bundle: service, service }));
  const credentials = resolved({ services, sources }).sources.map((source) =>
    source.kind === "bundle" ? source.served.service.credential : null,
  );
  expect(credentials).toEqual([
    {
      kind: "oauth2",
      grant: "client_credentials",
      scopes: ["read"],
      parameters: {},
      client: {
        issuer: "https://idp.example.com/token",
        endpoints: { token: "https://idp.example.com/token", revocation: null },
        clientId: "gate",
        clientAuth: "signed",
        secretReference: null,
        timeoutMs: 10_000,
        addresses: new Set(["private"]),
        caFile: "/etc/gate/ca.pem",
      },
      assertion: { algorithm: "RS256", keyReference: "file:/etc/gate/key.pem", claims: {} },
    },
    expect.objectContaining({
      kind: "aws",
      region: "eu-central-1",
      service: "s3",
      keys: null,
      role: expect.objectContaining({
        arn: identity.role_arn,
        durationS: 3_600,
        webIdentityReference: "file:/etc/gate/token",
        endpoint: "https://sts.eu-central-1.amazonaws.com",
        timeoutMs: 5_000,
      }),
    }),
    {
      kind: "aws",
      region: "eu-central-1",
      service: "s3",
      role: null,
      keys: {
        accessKeyIdReference: "env:AWS_ACCESS_KEY_ID",
        secretAccessKeyReference: "env:AWS_SECRET_ACCESS_KEY",
        sessionTokenReference: null,
      },
    },
  ]);
});

test("an adopted decision says where its options are, and which of its servers have no route", () => {
  const route = { id: "a", prefix: "/a", protocol: "http", server: "a", issuers: ["dev"] };
  const values = configSchema.parse({
    version: 1,
    issuers: [{ id: "dev", development: true }],
    routes: [{ ...route, upstream: { origin: "https://a.example" } }],
    policy: { sources: ["library"], adopt: [{ path: "x/allow", for: ["a", "b"] }] },
  });
  const place = () => ({ line: 8, column: 3 });
  const { adopted } = resolvePolicy(values, "/etc/gate", "/var/gate", { file: "/etc/gate/sallyport.yaml", place });
  const at = (key: string) => ({ file: "sallyport.yaml", key, ...place() });
  expect(adopted[0]?.configured).toEqual({
    whole: at("policy.adopt[0]"),
    path: at("policy.adopt[0].path"),
    input: at("policy.adopt[0].input"),
    unrouted: [{ server: "b", ...at("policy.adopt[0].for[1]") }],
  });
});
