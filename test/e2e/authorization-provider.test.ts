/** Sign-in at the company's provider: it has no dynamic registration, and refuses requests with a `resource`. */
import { freePort } from "../../demo/gate/config-file.ts";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { alice, mallory } from "../support/console/provider-settings.ts";
import { consoleClient, type PeopleProvider, startPeopleProvider } from "../support/identity/people-provider.ts";
import { claimsIn } from "../support/oauth/flow.ts";
import { FormBrowser } from "../support/oauth/form-browser.ts";
import { atProvider } from "../support/oauth/persons.ts";
import { ClientMemory, connectByUrl } from "../support/oauth/sdk-client.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let crm: ToolServer;
let provider: PeopleProvider;
let gateway: TestGateway;

beforeAll(async () => {
  const agentsPort = await freePort();
  const home = `http://127.0.0.1:${agentsPort}`;
  provider = await startPeopleProvider(home, [alice, mallory], [`${home}/oauth/callback`]);
  crm = await startCrm(0);
  const sign_in = {
    issuer: provider.issuer,
    client_id: consoleClient,
    client_secret: "env:CONSOLE_SECRET",
    scopes: ["openid", "profile"],
    claims: { roles: "groups" },
  };
  gateway = await startGateway({
    agentsPort,
    routes: [crmRoute(crm.origin, { issuers: [] })],
    config: { authorization: { sign_in, roles: { approvers: ["support"] } } },
  });
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop(), provider?.close()]));

const callback = "http://127.0.0.1:41234/callback";
const url = () => `${gateway.agents}/mcp/crm`;

describe("people of the company's provider", () => {
  it("sign in there once, and their client has tokens of the gateway with the roles of their groups", async () => {
    const memory = new ClientMemory({});
    const client = await connectByUrl(url(), memory, atProvider(provider.issuer, "alice"));
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("find_ticket");
    const called = await client.callTool({ name: "find_ticket", arguments: { query: "parcel" } });
    expect(called.isError ?? false).toBe(false);
    expect(claimsIn(memory.known?.access_token)).toMatchObject({
      iss: gateway.agents,
      sub: alice.sub,
      aud: url(),
      roles: ["support"],
      name: "alice",
    });
    await client.close();
  });

  it("whose groups give no role get nothing, and their client is told so", async () => {
    const memory = new ClientMemory({});
    const back = new Promise<URL>((resolve) => {
      void connectByUrl(url(), memory, async (asked) => {
        const came = await atProvider(provider.issuer, "mallory")(asked);
        resolve(came);
        return came;
      }).catch(() => undefined);
    });
    expect(Object.fromEntries((await back).searchParams)).toMatchObject({
      error: "access_denied",
      iss: gateway.agents,
    });
  });

  it("who turn back at the provider are told to their client", async () => {
    let came: URL | null = null;
    const connecting = connectByUrl(url(), new ClientMemory({}), async (asked) => {
      came = await atProvider(provider.issuer, "alice", "cancel")(asked);
      return came;
    });
    await expect(connecting).rejects.toThrow("came back without a code");
    expect(String(came)).toContain("error=access_denied");
  });

  it("who come back in another browser, or twice, are not signed in", async () => {
    const memory = new ClientMemory({});
    await connectByUrl(url(), memory, () => Promise.reject(new Error("stop"))).catch(() => undefined);
    const mine = new FormBrowser();
    const returning = `${gateway.agents}/oauth/callback`;
    const there = await mine.open(memory.asked ?? "", returning);
    const back = await mine.submit(there, { who: "alice", do: "login" }, returning);
    const stolen = await new FormBrowser().open(back.url, callback);
    expect([stolen.status, stolen.text.includes("This cannot go on")]).toEqual([400, true]);
    expect((await mine.open(back.url, callback)).status).toBe(400);
  });
});
