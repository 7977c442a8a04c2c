import { mcpClient } from "../support/mcp-clients.ts";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { differencesFrom } from "../support/registry-schema.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let crm: ToolServer;
let gateway: TestGateway;

beforeAll(async () => {
  crm = await startCrm(0);
  const routes = ["one", "two", "three"].map((id) => crmRoute(crm.origin, { id, prefix: `/mcp/${id}` }));
  gateway = await startGateway({
    routes: [...routes, paymentsRoute(crm.origin)],
    config: { registry: { namespace: "com.example", servers: { three: { public: true, description: "For all." } } } },
  });
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop()]));

interface Listed {
  readonly servers: readonly {
    readonly server: { readonly name: string; readonly remotes: readonly { url: string }[] };
  }[];
}

async function list(token: string | null, path = "/v0.1/servers") {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(gateway.agents + path, { headers });
  return {
    status: response.status,
    challenge: response.headers.get("www-authenticate"),
    body: (await response.json()) as Listed,
  };
}
const tokenFor = (prefix: string) => gateway.token({ sub: "support-bot", role: "support" }, prefix);

it("leads a caller to the servers that its token is for, and to no other", async () => {
  const { body } = await list(tokenFor("/mcp/one"));
  expect(body.servers.map(({ server }) => server.name)).toEqual(["com.example/one", "com.example/three"]);
  const url = body.servers[0]?.server.remotes[0]?.url ?? "";
  const client = await mcpClient("v2 modern", url, tokenFor("/mcp/one"));
  expect(await client.tools()).toContain("find_ticket");
  await client.close();
  const found = await list(tokenFor("/mcp/one"), "/v0.1/servers/com.example%2Ftwo/versions/latest");
  expect(found.status).toBe(404);
});

it("shows what is public without a token, and challenges a token that is for nothing here", async () => {
  expect((await list(null)).body.servers.map(({ server }) => server.name)).toEqual(["com.example/three"]);
  const wrong = await list(tokenFor("/mcp/else"));
  expect([wrong.status, wrong.challenge]).toEqual([401, expect.stringContaining("resource_metadata=")]);
});

it("answers as the documentation of the registry's API says, in lists, pages, versions and single servers", async () => {
  const token = tokenFor("/mcp/one");
  const one = "/v0.1/servers/com.example%2Fone/versions";
  const first = await list(token, "/v0.1/servers?limit=1");
  const { nextCursor } = (first.body as unknown as { metadata: { nextCursor: string } }).metadata;
  const lists = [first, await list(null), await list(token), await list(token, one)];
  lists.push(await list(token, `/v0.1/servers?limit=1&cursor=${nextCursor}`));
  expect(lists.map(({ body }) => body.servers.length)).toEqual([1, 1, 2, 1, 1]);
  for (const { body } of lists) expect(differencesFrom("ServerList", body)).toEqual([]);
  for (const version of ["latest", "1.0.0"])
    expect(differencesFrom("ServerResponse", (await list(token, `${one}/${version}`)).body)).toEqual([]);
  // The checks do find what is wrong.
  expect(differencesFrom("ServerList", { servers: [{ server: { name: "no namespace" } }] })).not.toEqual([]);
});
