import { beginAt, finishAt, signInAtProvider } from "../support/console/at-provider.ts";
import { codeOf } from "../support/console/client.ts";
import { alice, bob, mallory } from "../support/console/provider-settings.ts";
import { consoleClient, type PeopleProvider, startPeopleProvider } from "../support/identity/people-provider.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

/** A whole gateway, as its configuration file makes it. */
describe("a gateway whose people come from a provider", () => {
  let gateway: TestGateway;
  let provider: PeopleProvider;

  beforeAll(async () => {
    gateway = await startGateway({ routes: [], login: loginAt });
  });
  async function loginAt(consoleUrl: string): Promise<object> {
    provider = await startPeopleProvider(consoleUrl, [alice, bob, mallory]);
    return {
      kind: "oidc",
      issuer: provider.issuer,
      client_id: consoleClient,
      client_secret: "env:CONSOLE_SECRET",
      scopes: ["openid", "profile"],
      claims: { roles: "groups" },
      roles: { approvers: ["payments-approver"] },
      label: "Shop ID",
    };
  }
  afterAll(async () => {
    await gateway.close();
    await provider.close();
  });

  test("signs them in with the roles that the file maps, and says what it offers", async () => {
    const offer: unknown = await (await fetch(`${gateway.console}/api/login`)).json();
    expect(offer).toMatchObject({ passwords: false, provider: { label: "Shop ID" }, origin: gateway.console });
    const client = await signInAtProvider(gateway.console, "alice");
    const session: unknown = await (await client.request("GET", "/api/session")).json();
    expect(session).toMatchObject({ user: "alice", roles: ["payments-approver"], method: "oidc" });
    const trip = await beginAt(gateway.console);
    const refused = await finishAt(gateway.console, await trip.signInThere("mallory"), trip.cookie);
    expect(await codeOf(refused)).toBe("login_roles");
  });
});
