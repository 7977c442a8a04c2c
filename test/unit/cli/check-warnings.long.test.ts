import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inProcess } from "./run.ts";
import { readOnlyPolicy } from "../../support/policy-copy.ts";

const library = readOnlyPolicy();
let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "sallyport-check-"));
  cpSync(library, join(cwd, "rego"), { recursive: true });
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** An OpenAPI document with operations such as `get /v1/orders`. */
function openapi(...operations: readonly string[]): void {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const [method = "", path = ""] = operation.split(" ");
    paths[path] = { ...paths[path], [method]: { responses: {} } };
  }
  writeFileSync(join(cwd, "api.json"), JSON.stringify({ openapi: "3.1.0", info: { title: "a", version: "1" }, paths }));
}

/** Two people for every role that the library's data names. */
const USERS =
  "users: [ { name: ana, roles: [payments-approver, data-approver] }, { name: ben, roles: [payments-approver] } ]";

/** A configuration with one route with `more` options and people who sign in as `login` says. */
function configured(more: string, login = USERS): string {
  const file = join(cwd, "sallyport.yaml");
  writeFileSync(
    file,
    `version: 1\nlisteners: { console: { login: { ${login} } } }\nissuers: [ { id: dev, development: true } ]\nroutes:\n  - { id: a, protocol: http, issuers: [dev], upstream: { origin: "https://a.example" }, ${more} }\n`,
  );
  return file;
}

/** The warnings of `sallyport check` for one route with `more` options and people who sign in as `login` says. */
async function warnings(more: string, login = USERS): Promise<readonly string[]> {
  const file = configured(more, login);
  const done = await inProcess(["check", "-c", file, "--json"]);
  expect(done.code).toBe(0);
  const { ok, warnings: told } = JSON.parse(done.stdout) as { ok: boolean; warnings: readonly string[] };
  expect(ok).toBe(true);
  return told;
}

test("warns when no operation lies below what the prefix becomes upstream, and not when one does", async () => {
  openapi("get /v1/orders");
  expect(await warnings("server: payments, prefix: /shop, openapi: api.json")).toEqual([
    expect.stringMatching(
      /^routes\[0\]\.openapi: none of its 1 operations lies below \/shop, .* as \/v1\/orders does not/,
    ),
  ]);
  expect(await warnings("server: payments, prefix: /shop, rewrite: /v1, openapi: api.json")).toEqual([]);
  expect(await warnings("server: payments, prefix: /shop, rewrite: /, openapi: api.json")).toEqual([]);
  expect(await warnings("server: payments, prefix: /v, openapi: api.json")).toHaveLength(1);
}, 180_000);

test("warns of routes by their place in the file, and not of one on which operations are tools", async () => {
  openapi("get /v1/orders");
  const other = `}\n  - { id: b, prefix: /b, protocol: http, issuers: [dev], server: paymnets, upstream: { origin: "https://b.example" } `;
  const offered = "server: payments, prefix: /shop, rewrite: /v1, openapi: api.json, tools: { mcp: /mcp/shop }";
  expect(await warnings(`${offered} ${other}`)).toEqual([expect.stringMatching(/^routes\[1\]\.server: .* paymnets/)]);
}, 180_000);

test("warns for operations whose method is not forwarded", async () => {
  openapi(
    "get /v1/orders",
    "head /v1/d",
    "delete /v1/orders/{id}",
    "delete /v1/a",
    "delete /v1/b",
    "delete /v1/c",
    "put /v2/x",
  );
  expect(await warnings("server: payments, prefix: /v1, openapi: api.json")).toEqual([
    "routes[0].methods: DELETE is not forwarded, and the OpenAPI document describes DELETE /v1/orders/{id}, DELETE /v1/a, DELETE /v1/b and 1 more",
  ]);
  expect(await warnings("server: payments, prefix: /v1, openapi: api.json, methods: [GET, DELETE]")).toEqual([]);
}, 180_000);

test("warns of operations whose body has no type that the route accepts", async () => {
  const body = (...types: string[]) => ({
    requestBody: { content: Object.fromEntries(types.map((type) => [type, {}])) },
    responses: {},
  });
  const form = "application/x-www-form-urlencoded";
  const paths = {
    "/v1/a": { post: body(form), get: { responses: {} } },
    "/v1/b": { post: body(`${form}; charset=utf-8`), put: body(form) },
    "/v1/c": { post: body(form, "application/json") },
    "/v1/d": { post: body("application/*") },
    "/v1/e": { post: body("text/csv", "text/*") },
  };
  writeFileSync(join(cwd, "api.json"), JSON.stringify({ openapi: "3.1.0", info: { title: "a", version: "1" }, paths }));
  const route = "server: payments, prefix: /v1, methods: [GET, POST], openapi: api.json";
  expect(await warnings(route)).toEqual([
    expect.stringContaining("routes[0].methods: PUT"),
    `routes[0].body.accept: ${form} is not accepted, and the OpenAPI document describes no other body of POST /v1/a, POST /v1/b`,
    "routes[0].body.accept: text/csv or text/* is not accepted, and the OpenAPI document describes no other body of POST /v1/e",
  ]);
  const accepting = `methods: [GET, POST, PUT], body: { accept: [application/json, ${form}, text/csv] }`;
  expect(await warnings(`server: payments, prefix: /v1, openapi: api.json, ${accepting}`)).toEqual([]);
});

test("warns of a required header that chooses an account or an operation, where the route does not name it", async () => {
  const header = (name: string, required = true) => ({ name, in: "header", required, schema: { type: "string" } });
  const names = ["Stripe-Account", "X-Action", "X-User-Id", "X-Region", "Accept"];
  const get = { parameters: [...names.map((name) => header(name)), header("X-Org-Id", false)], responses: {} };
  const paths = { "/v1/a": { get }, "/v1/b": { parameters: [header("stripe-account")], get: { responses: {} } } };
  writeFileSync(join(cwd, "api.json"), JSON.stringify({ openapi: "3.1.0", info: { title: "a", version: "1" }, paths }));
  const says = (name: string, where: string) =>
    `routes[0].upstream.request_headers: ${name} is not among them, and the OpenAPI document requires it of ${where}; name it, so that it is forwarded and policy sees it`;
  expect(await warnings("server: payments, prefix: /v1, openapi: api.json")).toEqual([
    says("stripe-account", "GET /v1/a, GET /v1/b"),
    says("x-action", "GET /v1/a"),
  ]);
}, 180_000);

test("fails with an OpenAPI document that the gateway does not start with", async () => {
  openapi("get /v1/{a}", "get /v1/{b}");
  const done = await inProcess(["check", "-c", configured("server: payments, prefix: /v1, openapi: api.json")]);
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toMatch(
    /does not start with this:\nroutes\[0\]\.openapi: OpenAPI paths give GET \/v1\/\{b\} two meanings/,
  );
}, 180_000);

test("warns of a server without a line in the catalog, with the one that was meant", async () => {
  expect(await warnings("server: paymnets, prefix: /v1")).toEqual([
    "routes[0].server: data.sallyport.catalog has no line for paymnets (did you mean payments?); all its tools are unknown",
  ]);
  const { stdout } = await inProcess(["check", "-c", join(cwd, "sallyport.yaml")]);
  expect(stdout).toContain("warning: routes[0].server: data.sallyport.catalog has no line for paymnets (did you mean");
}, 180_000);

test("fails with a policy that does not compile and with data with mistakes, tells their places, and what it warns of too", async () => {
  writeFileSync(join(cwd, "rego/sallyport/rules/broken.rego"), "package sallyport.rules.broken\n\nx {");
  writeFileSync(join(cwd, "rego/sallyport/envoy/data.yaml"), "server: []\n");
  openapi("get /v1/orders");
  const file = configured("server: payments, prefix: /shop, openapi: api.json");
  const done = await inProcess(["check", "-c", file, "--json"]);
  expect(done.code).toBe(3);
  const { ok, error } = JSON.parse(done.stdout) as { ok: boolean; error: { problems: string[]; warnings: string[] } };
  expect(ok).toBe(false);
  expect(error.problems).toContainEqual(
    expect.stringMatching(/^policy: sallyport\/envoy\/data\.yaml:1:1: server: unknown field/),
  );
  expect(error.problems).toContainEqual(
    expect.stringMatching(/^policy: sallyport\/rules\/broken\.rego:3: rego_parse_error/),
  );
  expect(error.warnings).toEqual([expect.stringMatching(/^routes\[0\]\.openapi: none of its 1 operations/)]);
  for (const told of ["does not start with this", "data.yaml:1:1: ", "warning: routes[0].openapi"])
    expect(done.stderr).toContain(told);
}, 180_000);

test("warns of a role that policy asks to approve and nobody has, and of more people than have it", async () => {
  const route = "server: payments, prefix: /v1";
  expect(
    await warnings(
      route,
      "users: [ { name: ana, roles: [payment-approver, data-approver] }, { name: ben, roles: [operator] } ]",
    ),
  ).toEqual([
    "listeners.console.login: nobody has the role payments-approver (did you mean payment-approver?); calls that wait for it (data.sallyport.approvers.payments, data.sallyport.two_people.payments.create_refund) are never approved",
  ]);
  expect(await warnings(route, "users: [ { name: ana, roles: [payments-approver, data-approver] } ]")).toEqual([
    "listeners.console.login: 2 people with the role payments-approver are needed, and 1 person has it; calls that wait for it (data.sallyport.two_people.payments.create_refund) are never approved",
  ]);
}, 180_000);

test("does not warn of a role for a server that no route leads to", async () => {
  expect(await warnings("server: crm, prefix: /v1", "users: [ { name: ana, roles: [data-approver] } ]")).toEqual([]);
}, 180_000);

test("does not warn of a role that the provider's mapping gives", async () => {
  writeFileSync(join(cwd, "secret"), "of the console at the provider");
  const provider = `kind: oidc, issuer: "https://id.example", client_id: a, client_secret: "file:${join(cwd, "secret")}", claims: { roles: groups }, roles: { pay: [payments-approver], data: [data-approver] }`;
  expect(await warnings("server: payments, prefix: /v1", provider)).toEqual([]);
}, 180_000);

test("warns of servers and tools that data documents name and the catalog does not have, with their places", async () => {
  const data = (name: string, text: string): void => writeFileSync(join(cwd, `rego/sallyport/${name}/data.yaml`), text);
  // They are about the data that is replaced here, and a policy that fails them does not start.
  rmSync(join(cwd, "rego/golden"), { recursive: true });
  data("limits", "payments:\n  create_refnud:\n    amount: { above: 0, max: 500 }\n");
  data("destinations", "crm:\n  arguments:\n    post_updates: [url]\nbilling: {}\n");
  data("entitlements", 'a:\n  payments: { tools: { "*": true, get_ordr: true } }\n  paymnts: {}\n');
  const effect = "this has no effect";
  expect(await warnings("server: payments, prefix: /v1")).toEqual([
    `policy: sallyport/destinations/data.yaml:3: crm.arguments.post_updates: data.sallyport.catalog.crm has no tool post_updates (did you mean post_update?); ${effect}`,
    `policy: sallyport/destinations/data.yaml:4: billing: data.sallyport.catalog has no server billing; ${effect}`,
    `policy: sallyport/entitlements/data.yaml:2: a.payments.tools.get_ordr: data.sallyport.catalog.payments has no tool get_ordr (did you mean get_order?); ${effect}`,
    `policy: sallyport/entitlements/data.yaml:3: a.paymnts: data.sallyport.catalog has no server paymnts (did you mean payments?); ${effect}`,
    `policy: sallyport/limits/data.yaml:2: payments.create_refnud: data.sallyport.catalog.payments has no tool create_refnud (did you mean create_refund?); ${effect}`,
  ]);
}, 180_000);

test("names the line of the configuration for an adopted decision that judges no server, and for one that is not there", async () => {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  };
  write("team/refunds/refunds.rego", 'package refunds\n\ndeny contains "no" if input.context.arguments.amount > 9\n');
  write("team/sallyport/catalog/data.yaml", "payments: { refund: { sensitivity: low } }\n");
  const checked = (adopt: string) => {
    const file = configured("server: payments, prefix: /v1");
    appendFileSync(file, `policy:\n  sources: [library, ./team]\n  adopt:\n    - { ${adopt} }\n`);
    return inProcess(["check", "-c", file]);
  };
  expect(await checked("path: refunds/deny, for: [payments, paymnts]")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(
      "warning: policy: sallyport.yaml:9: policy.adopt[0].for[1]: data.sallyport.catalog has no server paymnts (did you mean payments?), and no route has it; this has no effect\n",
    ),
  });
  expect(await checked("path: refunds/dney, for: [payments]")).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(
      "policy: sallyport.yaml:9:15: policy.adopt[0].path: no rule and no data document is data.refunds.dney",
    ),
  });
}, 180_000);

test("policy check warns of a tool that the catalog does not have", async () => {
  const limits = join(cwd, "rego/sallyport/limits/data.yaml");
  appendFileSync(limits, "  create_refnud:\n    amount: { above: 0, max: 100 }\n");
  const done = await inProcess(["policy", "check", join(cwd, "rego")]);
  expect(done).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^sallyport\/limits\/data\.yaml:\d+: payments\.create_refnud: /),
  });
}, 180_000);

test("warns of users who count as one person, and counts them once", async () => {
  const both = "roles: [payments-approver, data-approver], also: [oncall@shop.example]";
  const shared =
    "have a name or an address in `also` in common, so they count as one person: they fill one place together, and neither decides about what is called for the other";
  expect(
    await warnings("server: payments, prefix: /v1", `users: [ { name: ana, ${both} }, { name: ben, ${both} } ]`),
  ).toEqual([
    "listeners.console.login: 2 people with the role payments-approver are needed, and 1 person has it; calls that wait for it (data.sallyport.two_people.payments.create_refund) are never approved",
    `listeners.console.login.users: ana and ben ${shared}`,
  ]);
  const named =
    "users: [ { name: ana, roles: [payments-approver, data-approver], also: [Ben] }, { name: ben, roles: [operator] } ]";
  expect(await warnings("server: payments, prefix: /v1", named)).toContain(
    `listeners.console.login.users: ana and ben ${shared}`,
  );
}, 180_000);
