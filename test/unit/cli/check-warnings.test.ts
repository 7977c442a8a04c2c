import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inProcess } from "./run.ts";

const library = fileURLToPath(new URL("../../../rego", import.meta.url));
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

/** The warnings of `sallyport check` for one route with `more` options. */
async function warnings(more: string): Promise<readonly string[]> {
  const file = join(cwd, "sallyport.yaml");
  writeFileSync(
    file,
    `version: 1\nissuers: [ { id: dev, development: true } ]\nroutes:\n  - { id: a, protocol: http, issuers: [dev], upstream: { origin: "https://a.example" }, ${more} }\n`,
  );
  const done = await inProcess(["check", "-c", file, "--json"]);
  expect(done.code).toBe(0);
  const { ok, warnings: told } = JSON.parse(done.stdout) as { ok: boolean; warnings: readonly string[] };
  expect(ok).toBe(true);
  const people = await inProcess(["check", "-c", file]);
  for (const one of told) expect(people.stdout).toContain(`warning: ${one}\n`);
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
}, 60_000);

test("warns for operations whose method is not forwarded", async () => {
  openapi("get /v1/orders", "delete /v1/orders/{id}", "delete /v1/a", "delete /v1/b", "delete /v1/c", "put /v2/x");
  expect(await warnings("server: payments, prefix: /v1, openapi: api.json")).toEqual([
    "routes[0].methods: DELETE is not forwarded, and the OpenAPI document describes DELETE /v1/orders/{id}, DELETE /v1/a, DELETE /v1/b and 1 more",
  ]);
  expect(await warnings("server: payments, prefix: /v1, openapi: api.json, methods: [GET, DELETE]")).toEqual([]);
}, 60_000);

test("warns of an OpenAPI document that the gateway does not start with", async () => {
  openapi("get /v1/{a}", "get /v1/{b}");
  expect(await warnings("server: payments, prefix: /v1, openapi: api.json")).toEqual([
    "routes[0].openapi: the gateway does not start with it: OpenAPI paths give GET /v1/{b} two meanings",
  ]);
}, 60_000);

test("warns of a server without a line in the catalog, with the one that was meant", async () => {
  expect(await warnings("server: paymnets, prefix: /v1")).toEqual([
    "routes[0].server: data.sallyport.catalog has no line for paymnets (did you mean payments?); all its tools are unknown",
  ]);
}, 60_000);

test("warns of a policy that does not compile, and of data with mistakes, with their places", async () => {
  writeFileSync(join(cwd, "rego/sallyport/rules/broken.rego"), "package sallyport.rules.broken\n\nx {");
  writeFileSync(join(cwd, "rego/sallyport/envoy/data.yaml"), "server: []\n");
  const told = await warnings("server: payments, prefix: /v1");
  expect(told).toContainEqual(
    expect.stringMatching(/^policy: does not become active: sallyport\/envoy\/data\.yaml:1:1: server: unknown field/),
  );
  expect(told).toContainEqual(
    expect.stringMatching(/^policy: does not become active: sallyport\/rules\/broken\.rego:3: rego_parse_error/),
  );
}, 60_000);
