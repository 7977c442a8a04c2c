import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { discoverOAuthProtectedResourceMetadata, extractWWWAuthenticateParams } from "@modelcontextprotocol/client";
import { startCrm, startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { type Authority, intermediate, rootAuthority, workload } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { fetchOver } from "../support/identity/fetch-over.ts";
import { clients, type LiveIssuer, startIssuer } from "../support/identity/issuer.ts";
import { startTlsGateway, type TlsGateway } from "../support/identity/tls-gateway.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";

const bot = "spiffe://example.org/refund-bot";
/** How long an issuer's word on a token is taken again. */
const cacheMs = 1_000;

describe("issuers of other kinds than signed access tokens", () => {
  let authority: Authority;
  let mesh: Authority;
  let issuer: LiveIssuer;
  let payments: ToolServer;
  let crm: ToolServer;
  let gateway: TlsGateway;
  let plain: typeof fetch;
  let svidKey: Awaited<ReturnType<typeof generateKeyPair>>;

  beforeAll(async () => {
    [authority, mesh, svidKey] = await Promise.all([
      rootAuthority("test"),
      rootAuthority("mesh"),
      generateKeyPair("ES256"),
    ]);
    [issuer, payments, crm] = await Promise.all([startIssuer(authority), startPayments(0), startCrm(0)]);
    const keys = [{ ...(await exportJWK(svidKey.publicKey)), kid: "svid", use: "jwt-svid" }];
    const domain = { trust_domain: "example.org", workloads: [{ id: bot, roles: ["refunds"] }] };
    const introspection = {
      endpoint: `${issuer.url}/token/introspection`,
      client_id: clients.gateway,
      client_secret: "env:INTROSPECTION_SECRET",
      cache: `${cacheMs}ms`,
    };
    gateway = await startTlsGateway({
      authority,
      files: { "mesh.pem": mesh.certPem, "mesh.json": JSON.stringify({ keys }) },
      issuers: [
        { id: "idp", issuer: issuer.url, jwks: { url: `${issuer.url}/jwks` }, algorithms: ["RS256"] },
        { id: "opaque", kind: "introspection", issuer: issuer.url, introspection },
        { id: "mesh", kind: "spiffe-x509", bundle: "mesh.pem", subject: "service", ...domain },
        { id: "mesh-tokens", kind: "spiffe-jwt", jwks: { file: "mesh.json" }, ...domain },
      ],
      routes: (origin) => [
        paymentsRoute(payments.origin, {
          id: "opaque",
          prefix: "/opaque",
          audience: `${origin}/opaque`,
          issuers: ["opaque"],
        }),
        paymentsRoute(payments.origin, { id: "mesh", prefix: "/mesh", issuers: ["mesh", "mesh-tokens"] }),
        crmRoute(crm.origin, { issuers: ["idp"] }),
      ],
    });
    plain = fetchOver(authority);
  });
  afterAll(() => Promise.all([gateway?.stop(), payments?.stop(), crm?.stop(), issuer?.close()]));

  const order = (route: string) => `${gateway.agents}/${route}/v1/orders/o-881`;
  const asBearer = (url: string, token: string) => plain(url, { headers: { authorization: `Bearer ${token}` } });

  async function codeOf(answer: Promise<Response>): Promise<unknown> {
    const response = await answer;
    const { code } = (await response.json()) as { code?: string };
    return response.ok ? response.status : code;
  }

  describe("introspection", () => {
    it("lets an opaque token through while its issuer calls it active, and no longer than the cache afterwards", async () => {
      const token = await issuer.token(clients.bearer, `${gateway.agents}/opaque`);
      expect(token.split(".")).toHaveLength(1);
      expect(await codeOf(asBearer(order("opaque"), token))).toBe(200);
      await issuer.revoke(clients.bearer, token);
      const revokedAt = performance.now();
      let lastAccepted = revokedAt;
      await eventually("the revoked token is refused", async () => {
        const sentAt = performance.now();
        const code = await codeOf(asBearer(order("opaque"), token));
        if (code === 200) lastAccepted = sentAt;
        return code === "token_invalid" ? true : null;
      });
      // What was sent later than the cache lasts is judged later still, however slow the machine is.
      expect(lastAccepted - revokedAt).toBeLessThanOrEqual(cacheMs);
    });

    it("refuses an opaque token for another resource, and one that was made up", async () => {
      const elsewhere = await issuer.token(clients.bearer, "https://other.example/opaque");
      expect(await codeOf(asBearer(order("opaque"), elsewhere))).toBe("token_audience");
      expect(await codeOf(asBearer(order("opaque"), "made-up"))).toBe("token_invalid");
    });
  });

  describe("SPIFFE", () => {
    const rotate = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };

    it("lets a workload call by its X.509-SVID alone, and takes that for proof of possession", async () => {
      const svid = fetchOver(authority, await workload(await intermediate(mesh, "node-7"), bot));
      expect(await codeOf(svid(order("mesh")))).toBe(200);
      expect(await codeOf(svid(`${gateway.agents}/mesh/v1/keys/rotate`, rotate))).toBe(200);
    });

    it("denies by policy a workload without a role, and refuses one of another trust domain", async () => {
      const unknown = fetchOver(authority, await workload(mesh, "spiffe://example.org/other-bot"));
      expect((await unknown(order("mesh"))).status).toBe(403);
      const foreign = fetchOver(authority, await workload(authority, bot));
      expect(await codeOf(foreign(order("mesh")))).toBe("certificate_invalid");
      expect(await codeOf(plain(order("mesh")))).toBe("credential_missing");
    });

    it("lets a workload call by its JWT-SVID, which is a bearer token", async () => {
      const svid = await new SignJWT({})
        .setProtectedHeader({ alg: "ES256", kid: "svid", typ: "JWT" })
        .setSubject(bot)
        .setAudience(`${gateway.agents}/mesh`)
        .setExpirationTime("5m")
        .sign(svidKey.privateKey);
      expect(await codeOf(asBearer(order("mesh"), svid))).toBe(200);
      const headers = { ...rotate.headers, authorization: `Bearer ${svid}` };
      const denied = await plain(`${gateway.agents}/mesh/v1/keys/rotate`, { ...rotate, headers });
      expect(await denied.json()).toMatchObject({ reasons: [expect.objectContaining({ code: "PROOF_REQUIRED" })] });
    });
  });

  describe("protected-resource metadata", () => {
    const message = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    const post = { method: "POST", body: message, headers: { "content-type": "application/json" } };

    it("leads a real MCP client library from the 401 to the issuer", async () => {
      const answer = await plain(`${gateway.agents}/mcp/crm`, post);
      expect(answer.status).toBe(401);
      const { resourceMetadataUrl } = extractWWWAuthenticateParams(answer);
      expect(String(resourceMetadataUrl)).toBe(`${gateway.agents}/.well-known/oauth-protected-resource/mcp/crm`);
      const found = await discoverOAuthProtectedResourceMetadata(`${gateway.agents}/mcp/crm`, {}, plain);
      expect(found).toMatchObject({
        resource: `${gateway.agents}/mcp/crm`,
        authorization_servers: [issuer.url],
        bearer_methods_supported: ["header"],
        dpop_signing_alg_values_supported: ["ES256", "EdDSA", "ES384", "PS256"],
        tls_client_certificate_bound_access_tokens: true,
      });
      const token = await issuer.token(clients.bearer, found.resource);
      const headers = {
        ...post.headers,
        accept: "application/json, text/event-stream",
        authorization: `Bearer ${token}`,
      };
      expect((await plain(found.resource, { ...post, headers })).status).not.toBe(401);
    });

    it("offers both schemes in the challenge", async () => {
      const answer = await plain(`${gateway.agents}/mcp/crm`, post);
      const metadata = `resource_metadata="${gateway.agents}/.well-known/oauth-protected-resource/mcp/crm"`;
      expect(answer.headers.get("www-authenticate")).toBe(
        `Bearer realm="sallyport", ${metadata}, DPoP realm="sallyport", algs="ES256 EdDSA ES384 PS256", ${metadata}`,
      );
    });

    it("answers GET and HEAD, for browsers too, and refuses everything else below the well-known path", async () => {
      const url = `${gateway.agents}/.well-known/oauth-protected-resource/mcp/crm`;
      const head = await plain(url, { method: "HEAD" });
      expect(head.status).toBe(200);
      expect(head.headers.get("access-control-allow-origin")).toBe("*");
      expect(await head.text()).toBe("");
      for (const [target, init] of [
        [url, { method: "POST", body: "x" }],
        [`${url}/`, {}],
        [`${gateway.agents}/.well-known/oauth-protected-resource/mesh`, {}],
        [`${gateway.agents}/.well-known/openid-configuration`, {}],
      ] as const) {
        const answer = await plain(target, init);
        expect(answer.status).toBe(404);
        expect(answer.headers.get("sallyport-decision")).toMatch(/^d_/);
      }
    });
  });

  it("answers nothing in plain HTTP on its TLS port, and goes on", async () => {
    await expect(fetch(gateway.agents.replace("https:", "http:"))).rejects.toThrow();
    expect((await plain(`${gateway.agents}/livez`)).status).toBe(200);
  });
});
