import { createServer } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { Provider } from "oidc-provider";
import { type Fetch, fetchOver } from "./fetch-over.ts";
import type { Authority, Identity } from "../certificates.ts";
import { localServer } from "../certificates.ts";
import { freePort } from "../../../demo/gate/config-file.ts";

/** How the clients registered here get their tokens bound. */
export const clients = { bearer: "plain-bot", dpop: "dpop-bot", mtls: "mtls-bot", gateway: "gateway" } as const;
export const clientSecret = "a-secret-of-these-tests-only-0123456789";

export interface LiveIssuer {
  readonly url: string;
  /** An access token for a resource (RFC 8707); opaque when the resource ends in `/opaque`. */
  token(client: string, resource: string, how?: { readonly over?: Identity; readonly proof?: string }): Promise<string>;
  revoke(client: string, token: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * A certified OpenID Connect server on TLS of its own: client credentials, resource indicators, DPoP (RFC 9449),
 * certificate-bound tokens (RFC 8705), introspection (RFC 7662) and revocation (RFC 7009).
 */
export async function startIssuer(authority: Authority): Promise<LiveIssuer> {
  // It warns about its in-memory store and keys, which are right for a test.
  console.warn = console.info = () => undefined;
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const provider = new Provider(url, configuration());
  const { certPem, keyPem } = await localServer(authority);
  const tls = { cert: certPem, key: keyPem, requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...tls, keepAliveTimeout: 0 }, provider.callback() as never);
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  if ((server.address() as AddressInfo).port !== port) throw new Error("another port than the issuer's name");
  const plain = fetchOver(authority);

  async function post(path: string, client: string, form: Record<string, string>, headers: object, over: Fetch) {
    const authorization = `Basic ${Buffer.from(`${client}:${clientSecret}`).toString("base64")}`;
    const body = new URLSearchParams(form);
    const answer = await over(`${url}${path}`, { method: "POST", body, headers: { authorization, ...headers } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`issuer: ${answer.status} ${text}`);
    return text;
  }

  return {
    url,
    async token(client, resource, { over, proof } = {}) {
      const form = { grant_type: "client_credentials", resource, scope: "tools:call" };
      const headers = proof === undefined ? {} : { dpop: proof };
      const transport = over === undefined ? plain : fetchOver(authority, over);
      const text = await post("/token", client, form, headers, transport);
      return (JSON.parse(text) as { access_token: string }).access_token;
    },
    async revoke(client, token) {
      await post("/token/revocation", client, { token }, {}, plain);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function configuration() {
  const registered = {
    client_secret: clientSecret,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  };
  const getCertificate = (ctx: { req: IncomingMessage }) => (ctx.req.socket as TLSSocket).getPeerX509Certificate();
  return {
    clients: [
      { ...registered, client_id: clients.bearer },
      { ...registered, client_id: clients.dpop, dpop_bound_access_tokens: true },
      { ...registered, client_id: clients.mtls, tls_client_certificate_bound_access_tokens: true },
      { ...registered, client_id: clients.gateway },
    ],
    scopes: ["tools:call"],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      mTLS: { enabled: true, certificateBoundAccessTokens: true, getCertificate },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx: unknown, resource: string) => ({
          scope: "tools:call",
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: resource.endsWith("/opaque") ? "opaque" : "jwt",
          ...(resource.endsWith("/opaque") ? {} : { jwt: { sign: { alg: "RS256" } } }),
        }),
      },
    },
    extraTokenClaims: () => ({ roles: ["refunds", "support"] }),
  };
}
