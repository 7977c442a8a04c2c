/** Clients of every shape that there is, at every way to sign in: from nothing but a URL to the tools, with one sign-in. */
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { freePort } from "../../demo/gate/config-file.ts";
import { startCrm, startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { alice } from "../support/console/provider-settings.ts";
import { consoleClient, type PeopleProvider, startPeopleProvider } from "../support/identity/people-provider.ts";
import { type ClientDocuments, clientDocuments } from "../support/oauth/client-documents.ts";
import { atProvider, type Person, withPassword } from "../support/oauth/persons.ts";
import { connectByRemote } from "../support/oauth/remote-client.ts";
import { ClientMemory, connectByUrl } from "../support/oauth/sdk-client.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const hosted = "https://app.example/api/mcp/auth_callback";
const known = "http://127.0.0.1:33418/";

let [crm, payments]: ToolServer[] = [];
let documents: ClientDocuments;
beforeAll(async () => {
  [crm, payments] = await Promise.all([startCrm(0), startPayments(0)]);
  documents = await clientDocuments("http://127.0.0.1/callback");
});
afterAll(async () => {
  await Promise.all([crm?.stop(), payments?.stop()]);
  documents?.close();
});

interface Place {
  readonly gateway: TestGateway;
  readonly person: Person;
  readonly provider: PeopleProvider | null;
}

/** How people sign in, and what the gateway is told of it. */
async function placeOf(kind: "password" | "provider" | "strict provider"): Promise<Place> {
  const agentsPort = await freePort();
  const home = `http://127.0.0.1:${agentsPort}`;
  const provider =
    kind === "password"
      ? null
      : await startPeopleProvider(home, [alice], [`${home}/oauth/callback`], kind === "strict provider");
  const signIn = {
    issuer: provider?.issuer,
    client_id: consoleClient,
    client_secret: "env:CONSOLE_SECRET",
    scopes: ["openid", "profile"],
    claims: { roles: "groups" },
  };
  const gateway = await startGateway({
    agentsPort,
    routes: [
      crmRoute(crm?.origin ?? "", { issuers: [] }),
      paymentsRoute(payments?.origin ?? "", { tools: { mcp: "/mcp/payments" }, authorization: "gateway" }),
    ],
    config: {
      authorization: {
        ...(provider === null ? {} : { sign_in: signIn }),
        roles: { approvers: ["support", "refunds"], "payments-approver": ["support", "refunds"] },
        documents: documents.option,
        clients: [
          { id: "hosted", name: "Hosted app", redirect_uris: [hosted], client_secret: "env:DEMO_CRM_KEY" },
          { id: "known", name: "Known program", redirect_uris: [known] },
        ],
      },
    },
  });
  const person =
    provider === null
      ? withPassword("approver", () => gateway.approverPassword())
      : atProvider(provider.issuer, alice.preferred_username);
  return { gateway, person, provider };
}

type Connect = (url: string, person: Person) => Promise<{ readonly client: Client; close(): Promise<void> }>;

/** A client of the SDK, which signs in once for as long as its tokens count. */
const bySdk =
  (given: (issuer: string) => ConstructorParameters<typeof ClientMemory>[0]): Connect =>
  async (url, person) => {
    const client = await connectByUrl(url, new ClientMemory(given(new URL(url).origin)), person);
    return { client, close: () => client.close() };
  };

const shapes: readonly (readonly [string, Connect])[] = [
  ["known by the document that its id is the URL of", bySdk(() => ({ metadataUrl: documents.url }))],
  ["that registers itself", bySdk(() => ({}))],
  [
    "that is known to the operator",
    bySdk((issuer) => ({ redirectUrl: known, information: { client_id: "known", issuer } })),
  ],
  [
    "at another port of loopback than the operator knows",
    bySdk((issuer) => ({
      redirectUrl: `http://127.0.0.1:${1_024 + Math.floor(Math.random() * 60_000)}/`,
      information: { client_id: "known", issuer },
    })),
  ],
  [
    "that is hosted, with a secret and a callback over HTTPS",
    bySdk((issuer) => ({
      redirectUrl: hosted,
      information: { client_id: "hosted", client_secret: "demo-crm-key", issuer },
    })),
  ],
  ["of mcp-remote", connectByRemote],
];

describe.each(["password", "provider", "strict provider"] as const)("where people sign in by a %s", (kind) => {
  let place: Place;
  let asked = 0;
  beforeAll(async () => (place = await placeOf(kind)));
  afterAll(() => Promise.all([place?.gateway.close(), place?.provider?.close()]));
  const person: Person = (url) => {
    asked += 1;
    return place.person(url);
  };

  it.each(shapes)("a client %s gets from the 401 to the tools with one sign-in", async (_shape, connect) => {
    const before = asked;
    const { client, close } = await connect(`${place.gateway.agents}/mcp/crm`, person);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("find_ticket");
    const called = await client.callTool({ name: "find_ticket", arguments: { query: "parcel" } });
    expect([called.isError ?? false, asked - before]).toEqual([false, 1]);
    await close();
  });

  it("a client gets to the operations of an HTTP route that are offered as tools", async () => {
    const client = await connectByUrl(`${place.gateway.agents}/mcp/payments`, new ClientMemory({}), person);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("list_refunds");
    const called = await client.callTool({ name: "list_refunds", arguments: {} });
    expect(called.isError ?? false).toBe(false);
    await client.close();
  });
});
