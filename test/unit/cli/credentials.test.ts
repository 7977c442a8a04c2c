import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, list } from "../../../gateway/cli/credentials.ts";
import type { GrantsServer } from "../../support/credentials/grants-server.ts";
import { clientSecret, oauthWorld, type OauthWorld } from "../credentials/oauth/support.ts";
import { expectExamples, inProcess } from "./run.ts";

let world: OauthWorld;
let server: GrantsServer;
let cwd: string;

beforeAll(async () => {
  world = await oauthWorld();
  server = await world.server();
  cwd = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
  writeFileSync(join(cwd, "secret"), clientSecret);
  writeFileSync(join(cwd, "key"), "a-static-secret");
  writeFileSync(join(cwd, "agent.token"), `${world.agentToken()}\n`);
  const client = `issuer: "${server.issuer}", client_id: gateway, client_secret: "file:secret", allow_addresses: [loopback]`;
  writeFileSync(
    join(cwd, "sallyport.yaml"),
    `version: 1
policy: { source: . }
issuers: [{ id: dev, development: true }]
credentials:
  crm: { value: "file:key", query: api_key }
  mail: { provider: client_credentials, ${client}, scopes: [read, write], resource: "https://mail.example" }
  chat: { provider: token_exchange, ${client}, actor: none }
  down: { provider: client_credentials, ${client}, endpoints: { token: "${server.issuer}/nothing" } }
routes:
  - { id: crm, prefix: /crm, protocol: http, server: crm, issuers: [dev], credential: crm, upstream: { origin: "https://crm.example" } }
`,
  );
});
afterAll(async () => {
  await world.close();
  rmSync(cwd, { recursive: true });
});

const run = (...args: string[]) => inProcess(["credentials", ...args, "-c", join(cwd, "sallyport.yaml")]);

test("lists what is configured, where it goes and which routes carry it", async () => {
  const { code, stdout } = await run("list");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^crm +static +parameter api_key +crm$/m);
  expect(stdout).toMatch(/^mail +client_credentials +header authorization/m);
});

test("does not obtain a secret that is always the same for a scope that policy would ask for", async () => {
  const { code, stderr } = await run("check", "crm", "--scope", "read");
  expect(code).toBe(1);
  expect(stderr).toContain("credential crm: provider static has no scope to narrow");
});

test("obtains one, says what it is, shows nothing of it, and gives it back", async () => {
  const before = server.revoked.length;
  const { code, stdout, stderr } = await run("check", "mail", "--scope", "read");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    /^mail \(client_credentials\): obtained in \d+ ms\nplace: +header authorization\nexpires: \d{4}-.*\nscope: +read\n$/,
  );
  expect(server.revoked).toHaveLength(before + 1);
  expect(stdout).not.toContain(server.revoked.at(-1));
  const { stdout: json } = await run("check", "crm", "--json");
  expect(JSON.parse(json)).toMatchObject({
    ok: true,
    provider: "static",
    places: ["parameter api_key"],
    expires_at: null,
  });
  expect(json).not.toContain("a-static-secret");
});

test("exchanges the token of a caller that it is given", async () => {
  expect(await run("check", "chat")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("the caller proved itself without a token that could be exchanged"),
  });
  expect((await run("check", "chat", "--token-file", join(cwd, "agent.token"))).code).toBe(0);
  expect(server.given.at(-1)).toMatchObject({ sub: "refund-bot", audience: "https://crm.example/crm" });
});

test("says why it cannot be obtained", async () => {
  const { code, stderr, stdout } = await run("check", "down", "--json");
  expect([code, JSON.parse(stdout)]).toMatchObject([1, { ok: false, error: { code: "credential_failed" } }]);
  expect(stderr).toContain(`down: ${server.issuer} answered 404`);
  expect(stderr).not.toContain(clientSecret);
});

test("names the credential or route that was meant", async () => {
  expect(await run("check", "mial")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("(did you mean mail?)"),
  });
  expect(await run("check", "crm", "--route", "none")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no route none"),
  });
});

test("shows examples that parse", () => expectExamples("credentials", [list, check]));
