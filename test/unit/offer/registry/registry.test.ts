import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { ServerWords } from "../../../../gateway/domain/registry.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { registry } from "../../../../gateway/offer/registry/registry.ts";
import { route, subject } from "../../../support/builders.ts";

const words = (more: Partial<ServerWords> = {}): ServerWords => ({
  title: null,
  description: null,
  version: "1.0.0",
  isPublic: false,
  ...more,
});
const here = "https://gw.example";
const issuersOf: Readonly<Record<string, readonly string[]>> = { docs: ["https://idp.example", here], erp: [here] };
const routes = ["crm", "docs", "erp"].map((id) =>
  route({ id, server: id, prefix: `/mcp/${id}`, protocol: "mcp", issuers: issuersOf[id] ?? ["https://idp.example"] }),
);
const since = Date.parse("2026-11-28T12:00:00Z");
const callers: Readonly<Record<string, readonly string[]>> = {
  alice: ["crm", "erp"],
  nobody: [],
  stopped: ["crm"],
  ana: ["erp"],
  run: ["erp"],
};
/** Who has a token of the gateway itself; the last one of a task. */
const signedIn: Readonly<Record<string, object>> = { ana: { issuer: here }, run: { issuer: here, task: "t_1" } };

/** What a caller gets; null has no credential. */
async function ask(who: string | null, url: string, servers: Record<string, ServerWords> = {}, method = "GET") {
  let got = { status: 0, body: {} as JsonObject, refused: "", challenge: "" };
  const answer = registry({
    routes: [...routes, route({ id: "plain" })],
    since,
    originOf: () => here,
    ownIssuer: here,
    settings: { namespace: "com.example", perPage: 2, servers: new Map(Object.entries(servers)) },
    identify: (_exchange, { id }) => {
      if (who === null) throw new Refusal("credential_missing", { headers: { "WWW-Authenticate": `for ${id}` } });
      if (!(callers[who] ?? []).includes(id)) throw new Refusal("token_audience");
      return subject({ id: who, ...signedIn[who] });
    },
    assertStanding: async ({ id }) => {
      if (id === "stopped") throw new Refusal("access_revoked");
    },
    refuse: (_exchange, { code, headers }) =>
      void (got = { ...got, refused: code, challenge: headers["WWW-Authenticate"] ?? "" }),
  });
  const res = {
    writeHead: (status: number) => (got = { ...got, status }),
    end: (text: string) => (got = { ...got, body: JSON.parse(text) as JsonObject }),
  };
  const rawHeaders = who === null ? [] : ["Authorization", "Bearer x"];
  await answer({ req: { method, url, rawHeaders }, res, context: { decisionId: "d" } } as unknown as Exchange);
  return got;
}

const names = ({ body }: { body: JsonObject }) =>
  (body["servers"] as unknown as { server: { name: string } }[]).map(({ server }) => server.name);
const nothing = "/v0.1/servers?limit=100";

it("lists the servers whose routes take the caller's token, as that API describes them", async () => {
  const { status, body } = await ask("alice", nothing, {
    crm: words({ title: "CRM", description: "Customers", version: "2.1.0" }),
  });
  expect(status).toBe(200);
  expect(body).toEqual({ servers: [expect.anything(), expect.anything()], metadata: { count: 2 } });
  expect((body["servers"] as JsonObject[])[0]).toEqual({
    server: {
      $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
      name: "com.example/crm",
      title: "CRM",
      description: "Customers",
      version: "2.1.0",
      remotes: [{ type: "streamable-http", url: "https://gw.example/mcp/crm" }],
    },
    _meta: {
      "io.modelcontextprotocol.registry/official": expect.objectContaining({
        status: "active",
        isLatest: true,
        publishedAt: "2026-11-28T12:00:00.000Z",
      }),
    },
  });
});

it("lists for a person who has signed in here every server that this gateway gives tokens for, and for a task its own", async () => {
  expect(names(await ask("ana", nothing))).toEqual(["com.example/docs", "com.example/erp"]);
  expect(names(await ask("run", nothing))).toEqual(["com.example/erp"]);
});

it("challenges a caller without a credential, unless something is public", async () => {
  expect(await ask(null, nothing)).toMatchObject({ refused: "credential_missing", challenge: "for crm" });
  const shown = { docs: words({ isPublic: true }) };
  expect(names(await ask(null, nothing, shown))).toEqual(["com.example/docs"]);
  expect(names(await ask("alice", nothing, shown))).toEqual(["com.example/crm", "com.example/docs", "com.example/erp"]);
  expect(await ask("nobody", nothing, shown)).toMatchObject({ refused: "token_audience" });
  expect(await ask("stopped", nothing)).toMatchObject({ refused: "access_revoked" });
});

it("gives one page after the other by its cursor, and what is looked for", async () => {
  const all = { docs: words({ isPublic: true, version: "3.0.0" }) };
  const first = await ask("alice", "/v0.1/servers", all);
  expect(first.body["metadata"]).toEqual({ count: 2, nextCursor: expect.any(String) });
  const { nextCursor } = first.body["metadata"] as { nextCursor: string };
  const second = await ask("alice", `/v0.1/servers?cursor=${nextCursor}`, all);
  expect([...names(first), ...names(second)]).toEqual(["com.example/crm", "com.example/docs", "com.example/erp"]);
  expect(second.body["metadata"]).toEqual({ count: 1 });
  expect(names(await ask("alice", "/v0.1/servers?search=ER", all))).toEqual(["com.example/erp"]);
  expect(names(await ask("alice", "/v0.1/servers?version=3.0.0", all))).toEqual(["com.example/docs"]);
  expect(names(await ask("alice", "/v0.1/servers?version=latest&limit=1", all))).toEqual(["com.example/crm"]);
  expect(names(await ask("alice", "/v0.1/servers?updated_since=2026-11-28T13:00:00Z", all))).toEqual([]);
  expect(names(await ask("alice", "/v0.1/servers?updated_since=2026-11-28T11:00:00Z"))).toHaveLength(2);
});

it("tells the versions of a server, to those alone who may see it", async () => {
  const one = "/v0.1/servers/com.example%2Fcrm/versions";
  expect(names(await ask("alice", one))).toEqual(["com.example/crm"]);
  expect((await ask("alice", `${one}/latest`)).body).toHaveProperty("server.name", "com.example/crm");
  expect((await ask("alice", `${one}/1.0.0`)).status).toBe(200);
  for (const missing of [`${one}/9`, "/v0.1/servers/com.example%2Fdocs/versions", "/v0.1/servers/x/versions/latest"])
    expect(await ask("alice", missing)).toMatchObject({ status: 404, body: { error: "Server not found" } });
});

it.each([
  ["/v0.1", "GET", "route_unknown"],
  ["/v0.1/servers/", "GET", "route_unknown"],
  ["/v0.1/servers/%ff/versions", "GET", "route_unknown"],
  ["/v0.1/publish", "POST", "method_refused"],
  ["/v0.1/servers?cursor=%00", "GET", "query_ambiguous"],
  ["/v0.1/servers?cursor=AAAA", "GET", "registry_query_invalid"],
  ["/v0.1/servers?limit=0", "GET", "registry_query_invalid"],
  ["/v0.1/servers?limit=101", "GET", "registry_query_invalid"],
  ["/v0.1/servers?limit=1e2", "GET", "registry_query_invalid"],
  ["/v0.1/servers?updated_since=yesterday", "GET", "registry_query_invalid"],
])("refuses %s (%s) as %s", async (url, method, code) => {
  expect((await ask("alice", url, {}, method)).refused).toBe(code);
});
