import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Provider } from "oidc-provider";
import { freePort } from "../../demo/gate/config-file.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import { eventually } from "../support/eventually.ts";
import { clientSecret } from "../support/identity/issuer.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

/** A certified OpenID Connect server with opaque tokens, introspection (RFC 7662) and revocation (RFC 7009). */
async function startIssuer() {
  console.warn = console.info = () => undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const registered = { client_secret: clientSecret, grant_types: ["client_credentials"], redirect_uris: [] };
  const provider = new Provider(url, {
    clients: ["refund-bot", "gateway"].map((client_id) => ({ ...registered, client_id, response_types: [] })),
    scopes: ["tools:call"],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx: unknown, resource: string) => ({
          scope: "tools:call",
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: "opaque",
        }),
      },
    },
    extraTokenClaims: () => ({ roles: ["refunds"] }),
  });
  const server = createServer({ keepAliveTimeout: 0 }, provider.callback());
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  async function post(path: string, form: Record<string, string>): Promise<string> {
    const authorization = `Basic ${Buffer.from(`refund-bot:${clientSecret}`).toString("base64")}`;
    const answer = await fetch(url + path, {
      method: "POST",
      body: new URLSearchParams(form),
      headers: { authorization },
    });
    return answer.text();
  }
  return {
    url,
    async token(resource: string): Promise<string> {
      const text = await post("/token", { grant_type: "client_credentials", resource, scope: "tools:call" });
      return (JSON.parse(text) as { access_token: string }).access_token;
    },
    revoke: (token: string) => post("/token/revocation", { token }),
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((done) => server.close(() => done()));
    },
  };
}

describe("tokens of what is under way", () => {
  let folder: string;
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let upstream: RecordingUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sallyport-recheck-"));
    await writeFile(join(folder, "secret"), clientSecret);
    [issuer, upstream] = await Promise.all([startIssuer(), recordingUpstream()]);
    const introspection = {
      endpoint: `${issuer.url}/token/introspection`,
      client_id: "gateway",
      cache: "5m",
      recheck: "200ms",
      client_secret: `file:${join(folder, "secret")}`,
    };
    gateway = await startGateway({
      routes: [paymentsRoute(upstream.origin, { issuers: ["idp"] })],
      config: { issuers: [{ id: "idp", kind: "introspection", issuer: issuer.url, introspection }] },
    });
  });
  afterAll(async () => {
    await gateway?.close();
    await Promise.all([issuer?.close(), upstream?.close(), rm(folder, { recursive: true, force: true })]);
  });

  const open = (token: string) =>
    fetch(`${gateway.agents}/payments/v1/orders/o-881`, {
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    });

  it("are asked about again: a stream ends when its issuer has revoked its token, and others go on", async () => {
    const closed: string[] = [];
    let number = 0;
    upstream.answerWith((req, res) => {
      const name = `stream ${(number += 1)}`;
      res.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
      req.socket.on("close", () => closed.push(name));
    });
    const audience = `${gateway.agents}/payments`;
    const [revoked, kept] = [await issuer.token(audience), await issuer.token(audience)];
    const [first, second] = [await open(revoked), await open(kept)];
    expect([first.status, second.status]).toEqual([200, 200]);
    const reading = [first, second].map((response) => response.text().catch(() => "cut"));
    await issuer.revoke(revoked);
    await eventually("the stream was cut", () => closed[0] ?? null);
    expect(closed).toEqual(["stream 1"]);
    // Although the answer that it was active is still good for minutes.
    upstream.answerWith((_req, res) => res.setHeader("content-type", "application/json").end("{}"));
    const refused = await open(revoked);
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: "access_revoked" }]);
    expect((await open(kept)).status).toBe(200);
    const signal = await eventually("the signal's record", async () => {
      const lines = (await readLog(gateway.logDir)).lines as unknown as readonly Record<string, unknown>[];
      return lines.find(({ kind }) => kind === "signal") ?? null;
    });
    expect(signal).toMatchObject({
      way: "introspection",
      effect: "ended",
      transmitter: issuer.url,
      detail: "its issuer says that it is no longer active",
    });
    void reading;
  });
});
