/** A whole gateway whose people sign in at one provider and connect accounts at another one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signInAtProvider } from "../console/at-provider.ts";
import type { ConsoleClient } from "../console/client.ts";
import { consoleClient, type PeopleProvider, type Person, startPeopleProvider } from "../identity/people-provider.ts";
import { crmRoute, paymentsRoute, type RouteText } from "../routes.ts";
import { startGateway, type TestGateway } from "../start-gateway.ts";
import { type ConsentServer, gatewayClient, gatewaySecret, startConsentServer } from "./consent-server.ts";
import { callbackOf, sealingKeys } from "./people-at.ts";

export interface PeopleGateway {
  readonly gateway: TestGateway;
  readonly provider: PeopleProvider;
  /** Where the accounts are, and the tool server of all routes. */
  readonly acme: ConsentServer;
  /** Signed in to the console, by name. */
  person(name: string): Promise<ConsoleClient>;
  /** Connects an account of this name there. @throws Error with the console's answer when it refuses */
  connect(name: string, account: string): Promise<void>;
  /** `client`: of this person; signs in when nothing is said. */
  disconnect(name: string, client?: ConsoleClient): Promise<number>;
  /** Refund-bot reads an order for this person. */
  call(actingFor: string): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;
  tokenFor(actingFor: string, prefix: string): string;
  /** Where a person connects an account that an agent lacks. */
  readonly link: string;
  close(): Promise<void>;
}

/**
 * @param people all of a group that gives them a role
 * @param tools origin of the tool server of all routes, unless it is that of the accounts
 */
export async function startPeopleGateway(people: readonly Person[], tools?: string): Promise<PeopleGateway> {
  const folder = mkdtempSync(join(tmpdir(), "connected-"));
  const servers: { provider?: PeopleProvider; acme?: ConsentServer } = {};
  const routes: RouteText[] = [];
  const config: Record<string, unknown> = {};
  const gateway = await startGateway({
    routes,
    config,
    async login(consoleUrl) {
      const provider = (servers.provider = await startPeopleProvider(consoleUrl, people));
      const acme = (servers.acme = await startConsentServer({ redirectUris: [callbackOf(consoleUrl)] }));
      const origin = tools ?? acme.tools;
      const streams = { results: { streams: "pass-labelled" } };
      routes.push(paymentsRoute(origin, { credential: "acme", ...(tools === undefined ? {} : streams) }));
      routes.push(crmRoute(origin, { credential: "acme" }));
      Object.assign(config, withAccounts(acme, folder));
      return loginAt(provider);
    },
  });
  const { provider, acme } = servers as Required<typeof servers>;
  const clients = new Map<string, Promise<ConsoleClient>>();
  const person = (name: string): Promise<ConsoleClient> => {
    const known = clients.get(name) ?? signInAtProvider(gateway.console, name);
    clients.set(name, known);
    return known;
  };
  const tokenFor = (actingFor: string, prefix: string): string =>
    gateway.token({ sub: "refund-bot", role: prefix === "/payments" ? "refunds" : "support", actingFor }, prefix);
  return {
    gateway,
    provider,
    acme,
    person,
    tokenFor,
    link: `${gateway.console}/connected-accounts?connect=acme`,
    async connect(name, account) {
      const client = await person(name);
      const begun = await client.request("POST", "/api/connected-accounts/acme/connect", { body: {} });
      const { location } = (await begun.json()) as { location: string };
      const parameters = await acme.consent(location, account);
      const finished = await client.request("POST", "/api/connected-accounts/acme/finish", { body: { parameters } });
      if (finished.status !== 204) throw new Error(`finish answered ${finished.status}: ${await finished.text()}`);
    },
    async disconnect(name, client) {
      const signedIn = client ?? (await person(name));
      return (await signedIn.request("POST", "/api/connected-accounts/acme/disconnect", { body: {} })).status;
    },
    async call(actingFor) {
      const headers = { authorization: `Bearer ${tokenFor(actingFor, "/payments")}` };
      const answer = await fetch(`${gateway.agents}/payments/v1/orders/o-881`, { headers });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    async close() {
      for (const one of [gateway, provider, acme]) await one.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function withAccounts(acme: ConsentServer, folder: string): object {
  writeFileSync(join(folder, "key"), sealingKeys.k1);
  writeFileSync(join(folder, "secret"), gatewaySecret);
  return {
    credentials: {
      acme: {
        provider: "person",
        label: "Acme Cloud",
        issuer: acme.issuer,
        client_id: gatewayClient,
        client_secret: `file:${folder}/secret`,
        scopes: ["openid", "read"],
        allow_addresses: ["loopback"],
      },
    },
    connected_accounts: { keys: { "2026": `file:${folder}/key` }, seal_with: "2026" },
  };
}

function loginAt({ issuer }: PeopleProvider): object {
  return {
    kind: "oidc",
    issuer,
    client_id: consoleClient,
    client_secret: "env:CONSOLE_SECRET",
    scopes: ["openid", "profile"],
    claims: { roles: "groups" },
    roles: { approvers: ["payments-approver"] },
    // Has a password, and decides about all of it.
    users: [{ name: "approver", roles: ["payments-approver", "data-approver", "operator"] }],
  };
}
