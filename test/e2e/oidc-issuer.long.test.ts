import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { freePort } from "../../demo/gate/config-file.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const client = { client_id: "refund-bot", client_secret: "a-secret-of-this-test-only-0123456789" };

/** A certified OpenID Connect server with client credentials and resource indicators (RFC 8707), issuing JWTs (RFC 9068). */
async function startIssuer(): Promise<{
  readonly url: string;
  token(resource: string): Promise<string>;
  close(): Promise<void>;
}> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const provider = new Provider(url, {
    clients: [{ ...client, grant_types: ["client_credentials"], redirect_uris: [], response_types: [] }],
    scopes: ["tools:call"],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx: unknown, resource: string) => ({
          scope: "tools:call",
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    extraTokenClaims: () => ({ roles: ["refunds"] }),
  });
  const server: Server = createServer({ keepAliveTimeout: 0 }, provider.callback());
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async token(resource) {
      const body = new URLSearchParams({ grant_type: "client_credentials", resource, scope: "tools:call" });
      const authorization = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`;
      const answer = await fetch(`${url}/token`, { method: "POST", body, headers: { authorization } });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`issuer: ${answer.status} ${text}`);
      return (JSON.parse(text) as { access_token: string }).access_token;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

// The issuer warns about its in-memory store and keys, which are right for a test.
console.warn = console.info = () => undefined;

describe("tokens of a live OpenID Connect issuer", () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let payments: ToolServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await startIssuer();
    payments = await startPayments(0);
    gateway = await startGateway({
      routes: [paymentsRoute(payments.origin, { issuers: ["idp"] })],
      config: {
        issuers: [{ id: "idp", issuer: issuer.url, jwks: { url: `${issuer.url}/jwks` }, algorithms: ["RS256"] }],
      },
    });
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop(), issuer?.close()]));

  const call = (token: string) =>
    fetch(`${gateway.agents}/payments/v1/orders/o-881`, { headers: { authorization: `Bearer ${token}` } });

  it("lets a call through whose token names this route as audience", async () => {
    expect((await call(await issuer.token(`${gateway.agents}/payments`))).status).toBe(200);
  });

  it("refuses a token of the same issuer for another audience", async () => {
    const answer = await call(await issuer.token("https://other.example/api"));
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: "token_audience" });
  });

  it("refuses a token whose signature was changed", async () => {
    const [head, payload, signature = ""] = (await issuer.token(`${gateway.agents}/payments`)).split(".");
    const changed = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    const answer = await call([head, payload, changed].join("."));
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: "token_invalid" });
  });

  it("refuses a token without a signature", async () => {
    const [, payload] = (await issuer.token(`${gateway.agents}/payments`)).split(".");
    const head = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
    expect((await call(`${head}.${payload}.`)).status).toBe(401);
  });
});
