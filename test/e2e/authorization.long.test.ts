/** The gateway as authorization server: clients get nothing but a route's URL. */
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { loggedRecords } from "../support/argument-rules.ts";
import { type HangingUpstream, hangingUpstream } from "../support/hanging-upstream.ts";
import { type ClientDocuments, clientDocuments } from "../support/oauth/client-documents.ts";
import { withPassword } from "../support/oauth/persons.ts";
import { authorizeByUrl, ClientMemory, connectByUrl } from "../support/oauth/sdk-client.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let crm: ToolServer;
let hanging: HangingUpstream;
let gateway: TestGateway;
let documents: ClientDocuments;
const callback = "http://127.0.0.1:41234/callback";
const hosted = "https://app.example/api/mcp/auth_callback";

beforeAll(async () => {
  documents = await clientDocuments("http://127.0.0.1/callback");
  [crm, hanging] = await Promise.all([startCrm(0), hangingUpstream()]);
  gateway = await startGateway({
    routes: [
      crmRoute(crm.origin, { issuers: [] }),
      crmRoute(crm.origin, { id: "other", prefix: "/mcp/other" }),
      crmRoute(hanging.origin, { id: "hang", prefix: "/mcp/hang", issuers: [] }),
      crmRoute(crm.origin, { id: "outside", prefix: "/mcp/outside", authorization: "external" }),
    ],
    config: {
      authorization: {
        roles: { "payments-approver": ["support"], operator: ["ops"] },
        documents: documents.option,
        clients: [{ id: "hosted", name: "Hosted app", redirect_uris: [hosted], client_secret: "env:DEMO_CRM_KEY" }],
      },
    },
  });
});
afterAll(async () => {
  await Promise.all([gateway?.close(), crm?.stop(), hanging?.close()]);
  documents?.close();
});

const mcp = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const ping = { id: 1, method: "ping" };
const url = () => `${gateway.agents}/mcp/crm`;

const agree = withPassword("approver", () => gateway.approverPassword());

const shapes: readonly (readonly [string, () => ConstructorParameters<typeof ClientMemory>[0]])[] = [
  ["by registering itself", () => ({})],
  ["at any port of loopback", () => ({ redirectUrl: "http://localhost:59999/oauth/callback" })],
  ["by the document that its id is the URL of", () => ({ metadataUrl: documents.url, redirectUrl: callback })],
  [
    "known to the operator, with a secret and an address on the web",
    () => ({
      redirectUrl: hosted,
      information: { client_id: "hosted", client_secret: "demo-crm-key", issuer: gateway.agents },
    }),
  ],
];

describe("a client that knows nothing but the URL of a route", () => {
  it.each(shapes)("gets from the 401 to the tools with one sign-in, %s", async (_shape, given) => {
    const memory = new ClientMemory(given());
    const client = await connectByUrl(url(), memory, agree);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("find_ticket");
    expect(memory.known).toMatchObject({ token_type: "Bearer", scope: "ops support" });
    await client.close();
  });

  it("is told where to ask on every method, and finds one server, on the same origin", async () => {
    const metadata = `${gateway.agents}/.well-known/oauth-protected-resource/mcp/crm`;
    const body = JSON.stringify({ jsonrpc: "2.0", ...ping });
    const asked: readonly RequestInit[] = [
      { method: "POST", headers: mcp, body },
      // Clients look for the challenge with requests that say nothing yet.
      { method: "POST" },
      { method: "POST", headers: mcp },
      { method: "POST", headers: mcp, body: "{}" },
      { method: "GET" },
      { method: "DELETE" },
    ];
    for (const one of asked) {
      const answer = await fetch(url(), one);
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
        ...[401, expect.stringContaining(`resource_metadata="${metadata}"`)],
      ]);
      expect(answer.headers.get("www-authenticate")).toContain('scope="ops support"');
    }
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: url(),
      authorization_servers: [gateway.agents],
      scopes_supported: ["ops", "support"],
    });
    for (const path of ["oauth-authorization-server", "openid-configuration", "oauth-authorization-server/mcp/crm"]) {
      const found = (await (await fetch(`${gateway.agents}/.well-known/${path}`)).json()) as Record<string, unknown>;
      expect(found["issuer"]).toBe(gateway.agents);
    }
  });

  it("finds nothing of it on a route whose tokens come from outside", async () => {
    const path = "/.well-known/oauth-protected-resource/mcp/outside";
    expect(await (await fetch(gateway.agents + path)).json()).not.toHaveProperty("authorization_servers");
  });
});

describe("a token", () => {
  const send = (path: string, token: unknown, message: object | null, headers: Record<string, string> = {}) =>
    fetch(gateway.agents + path, {
      method: message === null ? "GET" : "POST",
      headers: { ...mcp, ...headers, authorization: `Bearer ${String(token)}` },
      ...(message === null ? {} : { body: JSON.stringify({ jsonrpc: "2.0", ...message }) }),
    });
  const form = (path: string, fields: Record<string, string>) =>
    fetch(gateway.agents + path, { method: "POST", body: new URLSearchParams(fields) });

  async function tokens(path = "/mcp/crm") {
    const memory = new ClientMemory({});
    await authorizeByUrl(gateway.agents + path, memory, agree);
    const { access_token: token, refresh_token: refresh = "" } = memory.known ?? {};
    return { token, refresh, client_id: memory.clientInformation()?.client_id ?? "" };
  }

  it("of one route is refused on another, and on one whose tokens come from outside", async () => {
    const { token } = await tokens();
    for (const path of ["/mcp/other", "/mcp/outside"]) {
      const answer = await send(path, token, ping);
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
        ...[401, expect.stringContaining("invalid_token")],
      ]);
    }
  });

  it("names the agent by its person, for whom it acts", async () => {
    const { token } = await tokens();
    const params = { name: "find_ticket", arguments: { query: "parcel" } };
    const answer = await send("/mcp/crm", token, { id: 1, method: "tools/call", params });
    await answer.text();
    const records = await loggedRecords(gateway, answer.headers.get("sallyport-decision") ?? "");
    expect(records.find(({ kind }) => kind === "decision")).toMatchObject({
      subject: "approver",
      acting_for: "approver",
    });
  });

  it("counts no longer, and what is open with it ends, once its refresh token was used twice", async () => {
    const { token, refresh: refresh_token, client_id } = await tokens("/mcp/hang");
    const stream = await send("/mcp/hang", token, null, { accept: "text/event-stream" });
    expect([stream.status, stream.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const fields = { grant_type: "refresh_token", refresh_token, client_id };
    const next = (await (await form("/oauth/token", fields)).json()) as Record<string, unknown>;
    expect((await form("/oauth/token", fields)).status).toBe(400);
    expect(await stream.text()).toContain('"access_ended"');
    for (const one of [token, next["access_token"]]) {
      const answer = await send("/mcp/hang", one, { id: 1, method: "tools/list" });
      const challenge = answer.headers.get("www-authenticate");
      expect([answer.status, challenge]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
      expect(challenge).toContain(
        `resource_metadata="${gateway.agents}/.well-known/oauth-protected-resource/mcp/hang"`,
      );
      await answer.text();
      // Whoever has a stolen token is found by whose it was.
      const records = await loggedRecords(gateway, answer.headers.get("sallyport-decision") ?? "");
      expect(records.find(({ kind }) => kind === "decision")).toMatchObject({ acting_for: "approver" });
    }
    const last = { ...fields, refresh_token: String(next["refresh_token"]) };
    expect(await (await form("/oauth/token", last)).json()).toMatchObject({ error: "invalid_grant" });
  });
});
