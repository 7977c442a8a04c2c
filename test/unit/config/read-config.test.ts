import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, readConfig } from "../../../gateway/config/read-config.ts";

const full = `
version: 1
instance: gw-7
environment: staging
data_dir: state
listeners:
  agents: { port: 8700, public_url: https://gw.example, limits: { drain: 5s, finish: 7s, request_timeout: 2s } }
  console: { login: { users: [ { name: approver, roles: [payments-approver] } ] } }
issuers:
  - { id: corp, issuer: "https://idp.example", jwks: { url: "https://idp.example/jwks" }, claims: { roles: /realm_access/roles } }
  - { id: dev, development: true }
routes:
  - id: payments
    prefix: /payments
    rewrite: /
    protocol: http
    server: payments
    upstream: { origin: "http://127.0.0.1:9101", allow_addresses: [loopback], connect_timeout: 250ms, max_response: 2MiB }
    issuers: [dev, corp]
    openapi: payments.yaml
    durability: buffered
    credential: payments-api
  - { id: all, host: "tools.example:8443", prefix: /, protocol: mcp, server: crm, issuers: [corp], upstream: { origin: "https://crm.example" } }
credentials: { payments-api: { header: X-Api-Key, value: "file:key.txt" } }
policy: { source: { archive: p.tar.gz }, fuel: 3_000_000 }
sessions: { idle: 1h, digest_key: "file:digests.txt", task_text: { clients: [chat-app], issuers: [dev], keep: 30m } }
limits:
  - { name: calls, by: [person, tool], tools: [payments/*], rate: { max: 30, per: 1m, burst: 5 } }
  - { name: slots, by: all, concurrent: 4 }
  - { name: money, by: task, spend: { unit: EUR, max: "500.00", per: 1d } }
  - { name: stuck, by: session, loop: { max: 5, per: 10m } }
  - { name: fuse, routes: [payments], breaker: { failures: 0.25, open: 20s, statuses: [503] } }
channels:
  webhooks: { audit: { url: "https://audit.example/hook", secrets: ["file:whsec.txt"] } }
  slack: { ops: { channel: C0123456789, token: "file:key.txt", api_url: "http://127.0.0.1:9/api/" } }
  email: { finance: { from: a@corp.example, to: [b@corp.example], smtp: { host: mail.example, user: u, password: "file:key.txt" } } }
  notify: [ { to: [ops, audit], roles: [security], min_sensitivity: medium, escalate: { after: 5m, to: [finance] } } ]
  delivery: { attempts: 4, timeout: 3s }
`;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-config-"));
  file = join(folder, "sallyport.yaml");
  mkdirSync(join(folder, "rego"));
  writeFileSync(join(folder, "payments.yaml"), "openapi: 3.1.0\npaths:\n  /v1/orders: {}\n");
  writeFileSync(join(folder, "p.tar.gz"), "");
  writeFileSync(join(folder, "key.txt"), "k-1\n");
  writeFileSync(join(folder, "digests.txt"), "d".repeat(32));
  writeFileSync(join(folder, "whsec.txt"), `whsec_${Buffer.alloc(32, "s").toString("base64")}\n`);
  writeFileSync(file, full);
});
afterEach(() => rmSync(folder, { recursive: true }));

test("parses units, paths and routes once", () => {
  const config = readConfig(file);
  expect(config).toMatchObject({
    instance: "gw-7",
    environment: "staging",
    dataDir: join(folder, "state"),
    sessions: { idleMs: 3_600_000, history: 50, labelWindowMs: 30 * 86_400_000 },
  });
  const { taskText, digestKeyReference } = config.sessions;
  expect(digestKeyReference).toBe(`file:${join(folder, "digests.txt")}`);
  expect(taskText).toMatchObject({ scope: "task-text", keepMs: 1_800_000 });
  expect([[...taskText.clients], [...taskText.issuers]]).toEqual([["chat-app"], ["urn:sallyport:development:dev"]]);
  expect(taskText.route).toMatchObject({
    prefix: "/sessions",
    audience: "https://gw.example/sessions",
    origins: [],
    issuers: ["urn:sallyport:development:dev"],
  });
  expect(config.store).toEqual({ sqlite: join(folder, "state", "sallyport.db") });
  expect(config.record.dir).toBe(join(folder, "state", "log"));
  expect(config.policy).toMatchObject({
    sources: [{ kind: "archive", path: join(folder, "p.tar.gz") }],
    fuel: 3_000_000,
    memoryBytes: 67_108_864,
  });
  expect(config.listeners.agents).toMatchObject({
    host: "127.0.0.1",
    publicUrl: "https://gw.example",
    limits: { drainMs: 5_000, finishMs: 7_000, requestTimeoutMs: 2_000, headersTimeoutMs: 2_000 },
  });
  expect(config.listeners.console).toMatchObject({
    publicUrl: "http://127.0.0.1:8701",
    login: { users: [{ roles: ["payments-approver"] }] },
  });
});

test("takes a session of MCP's transport for one of its own, unless the gateway answers hooks or it is said", () => {
  const text = readFileSync(file, "utf8");
  const byTransport = (more: string): boolean => {
    writeFileSync(file, text + more);
    return readConfig(file).sessions.byTransport;
  };
  const said = (transport: boolean) => text.replace("sessions: {", `sessions: { transport: ${transport},`);
  const hooks = "authzen: { hooks: { issuers: [dev] } }\n";
  expect([byTransport(""), byTransport(hooks)]).toEqual([true, false]);
  writeFileSync(file, said(true) + hooks);
  expect(readConfig(file).sessions.byTransport).toBe(true);
  writeFileSync(file, said(false));
  expect(readConfig(file).sessions.byTransport).toBe(false);
});

test("takes a trace for a session, unless the gateway answers hooks", () => {
  const text = readFileSync(file, "utf8");
  const byTrace = (sessions: string, more: string): boolean => {
    writeFileSync(file, text.replace("sessions: {", sessions) + more);
    return readConfig(file).sessions.byTrace;
  };
  const hooks = "authzen: { hooks: { issuers: [dev] } }\n";
  const [unset, on, off] = ["sessions: {", "sessions: { transport: true,", "sessions: { transport: false,"];
  expect([unset, on, off].map((sessions) => byTrace(sessions, ""))).toEqual([true, true, true]);
  expect([unset, on, off].map((sessions) => byTrace(sessions, hooks))).toEqual([false, false, false]);
});

test("puts channels of all kinds into one list, with references that hold from anywhere", () => {
  const { channels, secret } = readConfig(file);
  expect(channels).toEqual({
    channels: [
      {
        kind: "webhook",
        name: "audit",
        url: "https://audit.example/hook",
        secrets: [`file:${join(folder, "whsec.txt")}`],
      },
      {
        kind: "slack",
        name: "ops",
        channel: "C0123456789",
        apiUrl: "http://127.0.0.1:9/api",
        token: `file:${join(folder, "key.txt")}`,
      },
      {
        kind: "email",
        name: "finance",
        from: "a@corp.example",
        to: ["b@corp.example"],
        host: "mail.example",
        port: 587,
        security: "starttls",
        caFile: null,
        auth: { user: "u", password: `file:${join(folder, "key.txt")}` },
      },
    ],
    notify: [
      {
        to: ["ops", "audit"],
        roles: ["security"],
        servers: [],
        minSensitivity: "medium",
        escalate: { afterMs: 300_000, to: ["finance"] },
      },
    ],
    delivery: { attempts: 4, timeoutMs: 3_000, concurrency: 4, firstRetryMs: 5_000, longestRetryMs: 900_000 },
  });
  expect(secret(`file:${join(folder, "key.txt")}`)).toBe("k-1");
});

test("gives routes their issuers' iss, their audience and their methods", () => {
  const [payments, all] = readConfig(file).routes;
  expect(payments).toMatchObject({
    upstreamPrefix: "/",
    audience: "https://gw.example/payments",
    issuers: ["urn:sallyport:development:dev", "https://idp.example"],
    upstream: { connectTimeoutMs: 250, maxResponseBytes: 2 * 1024 * 1024 },
    openapi: { openapi: "3.1.0", paths: { "/v1/orders": {} } },
    credential: "payments-api",
  });
  expect([...(payments?.upstream.addresses ?? [])]).toEqual(["public", "loopback"]);
  expect([...(payments?.methods ?? [])]).toEqual(["GET", "POST"]);
  expect(all).toMatchObject({
    host: "tools.example:8443",
    audience: "https://gw.example",
    upstreamPrefix: "/",
    openapi: null,
  });
  expect(all?.methods.has("DELETE")).toBe(true);
});

test("keeps a development issuer's key in the data folder and its algorithm to ES256", () => {
  const dev = readConfig(file).issuers[1];
  expect(dev).toMatchObject({
    development: true,
    algorithms: ["ES256"],
    keys: { kind: "file", path: join(folder, "state", "issuer-dev.jwk.json") },
  });
});

test("reads a rotated secret anew and refuses one that is gone", () => {
  const config = readConfig(file);
  const known = config.credentials.get("payments-api");
  expect(known).toMatchObject({ provider: "static", place: { in: "header", name: "x-api-key", prefix: "" } });
  const reference = known?.provider === "static" ? known.reference : "";
  expect(config.secret(reference)).toBe("k-1");
  writeFileSync(join(folder, "key.txt"), "k-2");
  expect(config.secret(reference)).toBe("k-2");
  rmSync(join(folder, "key.txt"));
  expect(() => config.secret(reference)).toThrow(/file .*key\.txt cannot be read \(ENOENT\)/);
});

test("refuses a secret that would end a header line, without showing it", () => {
  writeFileSync(join(folder, "key.txt"), "hush\r\nx-admin: 1");
  expect(() => readConfig(file)).toThrow(/characters other than printable ASCII/);
  expect(() => readConfig(file)).not.toThrow(/hush/);
});

test("checks a file on a machine without its secrets when asked to", () => {
  rmSync(join(folder, "key.txt"));
  expect(() => readConfig(file)).toThrow(ConfigError);
  expect(readConfig(file, { secrets: false }).routes).toHaveLength(2);
});

test("refuses every later change of the configuration", () => {
  const config = readConfig(file);
  expect(() => Object.assign(config.routes[0] ?? {}, { audience: "x" })).toThrow(TypeError);
  expect(() => (config.routes[0]?.methods as Set<string>).add("DELETE")).toThrow(TypeError);
  expect(() => (config.credentials as Map<string, unknown>).clear()).toThrow(TypeError);
  expect(Object.isFrozen((config.routes[0]?.openapi as { paths: object }).paths)).toBe(true);
});

test("names the file that is not there", () => {
  expect(() => readConfig(join(folder, "no.yaml"))).toThrow(`${join(folder, "no.yaml")}:1:1 no such file`);
});

test("reads limits in the units of the gateway", () => {
  const { limits, breakers } = readConfig(file).limits;
  const all = { tools: [], routes: [] };
  expect(limits).toEqual([
    {
      name: "calls",
      by: ["person", "tool"],
      tools: ["payments/*"],
      routes: [],
      measure: { kind: "rate", max: 30, perMs: 60_000, burst: 5 },
    },
    { ...all, name: "slots", by: ["all"], measure: { kind: "concurrent", max: 4 } },
    {
      ...all,
      name: "money",
      by: ["task"],
      measure: { kind: "spend", unit: "EUR", max: 500n * 10n ** 18n, perMs: 86_400_000 },
    },
    { ...all, name: "stuck", by: ["session"], measure: { kind: "loop", max: 5, perMs: 600_000 } },
  ]);
  expect(breakers).toEqual([
    {
      name: "fuse",
      routes: ["payments"],
      failures: 0.25,
      calls: 20,
      withinMs: 30_000,
      openMs: 20_000,
      statuses: new Set([503]),
    },
  ]);
});
