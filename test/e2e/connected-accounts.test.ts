/** People sign in at a provider and connect accounts at another one (both oidc-provider); one agent acts for each of them. */
import { writeFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signInAtProvider } from "../support/console/at-provider.ts";
import type { ConsoleClient } from "../support/console/client.ts";
import { alice, bob } from "../support/console/provider-settings.ts";
import { consoleClient, type PeopleProvider, startPeopleProvider } from "../support/identity/people-provider.ts";
import { speaker } from "../support/mcp-messages.ts";
import {
  type ConsentServer,
  gatewayClient,
  gatewaySecret,
  startConsentServer,
} from "../support/person/consent-server.ts";
import { callbackOf, sealingKeys } from "../support/person/people-at.ts";
import { crmRoute, paymentsRoute, type RouteText } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

describe("one agent that acts for two people", () => {
  let gateway: TestGateway;
  let provider: PeopleProvider;
  let acme: ConsentServer;
  const folder = mkdtempSync(join(tmpdir(), "connected-"));
  const people = new Map<string, ConsoleClient>();

  beforeAll(async () => {
    const routes: RouteText[] = [];
    const config: Record<string, unknown> = {};
    gateway = await startGateway({
      routes,
      config,
      async login(consoleUrl) {
        provider = await startPeopleProvider(consoleUrl, [alice, bob]);
        acme = await startConsentServer({ redirectUris: [callbackOf(consoleUrl)] });
        routes.push(paymentsRoute(acme.tools, { credential: "acme" }), crmRoute(acme.tools, { credential: "acme" }));
        Object.assign(config, withAccounts(acme, folder));
        return loginAt(provider);
      },
    });
    for (const name of ["alice", "bob"]) people.set(name, await signInAtProvider(gateway.console, name));
  });
  afterAll(async () => {
    for (const one of [gateway, provider, acme]) await one?.close();
    rmSync(folder, { recursive: true });
  });

  const tokenFor = (person: string, prefix: string): string =>
    gateway.token(
      { sub: "refund-bot", role: prefix === "/payments" ? "refunds" : "support", actingFor: person },
      prefix,
    );

  async function call(person: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const headers = { authorization: `Bearer ${tokenFor(person, "/payments")}` };
    const answer = await fetch(`${gateway.agents}/payments/v1/orders/o-881`, { headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  async function connect(person: string, who: string): Promise<void> {
    const client = people.get(person) as ConsoleClient;
    const begun = await client.request("POST", "/api/connected-accounts/acme/connect", { body: {} });
    const { location } = (await begun.json()) as { location: string };
    const parameters = await acme.consent(location, who);
    const finished = await client.request("POST", "/api/connected-accounts/acme/finish", { body: { parameters } });
    if (finished.status !== 204) throw new Error(`finish answered ${finished.status}: ${await finished.text()}`);
  }

  const link = () => `${gateway.console}/connected-accounts?connect=acme`;

  test("is told where a person connects who has not yet, over HTTP and MCP, and nothing is sent", async () => {
    expect(await call("alice")).toMatchObject({
      status: 403,
      body: {
        ...{ code: "credential_not_connected", executed: false, retryable: false, connect_url: link() },
        detail: expect.stringContaining(link()),
        next: "Have the person connect the account at the address given, then send it again.",
      },
    });
    const mcp = speaker(`${gateway.agents}/mcp/crm`, tokenFor("alice", "/mcp/crm"), "2025-06-18");
    const { result } = await mcp.ask("tools/call", { name: "find_ticket", arguments: { id: "t-1" } });
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining(link()) }],
      _meta: { "dev.sallyport/decision": { code: "credential_not_connected", connectUrl: link() } },
    });
    expect(acme.calls.get("tools")).toBeUndefined();
  });

  test("reaches the account of each, and after one disconnects the other's alone", async () => {
    await connect("alice", "alice@acme");
    await connect("bob", "bob@acme");
    const both = await Promise.all([call("alice"), call("bob"), call(alice.sub)]);
    expect(both.map(({ status, body }) => [status, body["account"] ?? body])).toEqual([
      [200, "alice@acme"],
      [200, "bob@acme"],
      // By `sub` only tokens of the provider itself name people.
      [403, expect.objectContaining({ code: "credential_not_connected" })],
    ]);
    const disconnected = await people
      .get("alice")
      ?.request("POST", "/api/connected-accounts/acme/disconnect", { body: {} });
    expect(disconnected?.status).toBe(204);
    const after = await Promise.all([call("alice"), call("bob")]);
    expect(after.map(({ status, body }) => [status, body["account"] ?? body["connect_url"]])).toEqual([
      [403, link()],
      [200, "bob@acme"],
    ]);
    expect(acme.calls.get("/token/revocation")).toBe(1);
    await connect("alice", "alice@acme");
    expect(await call("alice")).toMatchObject({ status: 200, body: { account: "alice@acme" } });
  });

  test("finds the accounts again after a restart, by what is sealed in the store", async () => {
    await connect("bob", "bob@acme");
    await gateway.kill("SIGKILL");
    await gateway.startAgain();
    expect(await call("bob")).toMatchObject({ status: 200, body: { account: "bob@acme" } });
  });
});

function withAccounts(acme: ConsentServer, folder: string): object {
  writeFileSync(join(folder, "key"), sealingKeys.k1);
  writeFileSync(join(folder, "secret"), gatewaySecret);
  return {
    credentials: {
      acme: {
        ...{ provider: "person", label: "Acme Cloud", issuer: acme.issuer, client_id: gatewayClient },
        ...{ client_secret: `file:${folder}/secret`, scopes: ["openid", "read"], allow_addresses: ["loopback"] },
      },
    },
    connected_accounts: { keys: { "2026": `file:${folder}/key` }, seal_with: "2026" },
  };
}

function loginAt({ issuer }: PeopleProvider): object {
  return {
    ...{ kind: "oidc", issuer, client_id: consoleClient, client_secret: "env:CONSOLE_SECRET" },
    ...{ scopes: ["openid", "profile"], claims: { roles: "groups" }, roles: { approvers: ["payments-approver"] } },
  };
}
