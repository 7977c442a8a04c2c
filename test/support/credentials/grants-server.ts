import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, type JWTPayload, SignJWT } from "jose";
import { errors, type GrantContext, Provider } from "oidc-provider";

/** A token that the server has given, and for whom. */
export interface GivenToken {
  readonly token: string;
  readonly grant: string;
  readonly sub: string | null;
  readonly act: unknown;
  readonly scope: string;
  readonly resource: string | null;
  readonly audience: string | null;
}

export interface GrantsServer {
  readonly issuer: string;
  readonly given: GivenToken[];
  /** Tokens that it was asked to revoke (RFC 7009). */
  readonly revoked: string[];
  /** How often its token endpoint was asked. */
  asked(): number;
  /** Until the returned function is called it answers this status, or not at all. */
  failing(status: number | "silent"): () => void;
  close(): Promise<void>;
}

export interface GrantsServerOptions {
  /** Where tokens and assertions are signed that it takes for a subject: `iss` to the URL of its keys. */
  readonly trusts: () => Readonly<Record<string, string>>;
  readonly clients: readonly object[];
  /** Seconds. */
  readonly lifetimeS?: number;
  /** Default: plain http. */
  readonly tls?: ServerOptions;
}

export const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const idJag = "urn:ietf:params:oauth:token-type:id-jag";

/**
 * A certified authorization server (oidc-provider) with client credentials, revocation, `private_key_jwt`, and two grants that it lets
 * others register: token exchange (RFC 8693), which also gives identity assertion grants (ID-JAG), and the JWT bearer grant for those.
 */
export async function startGrantsServer(options: GrantsServerOptions): Promise<GrantsServer> {
  // It warns about its in-memory store and keys, which are right for a test.
  console.warn = console.info = () => undefined;
  const { tls } = options;
  const server =
    tls === undefined ? createServer({ keepAliveTimeout: 0 }) : createTlsServer({ ...tls, keepAliveTimeout: 0 });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http${tls === undefined ? "" : "s"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: "ES256", use: "sig", kid: "server" };
  const provider = new Provider(issuer, configuration(options.clients, jwk, options.lifetimeS ?? 600));
  const given: GivenToken[] = [];
  const give = giver(provider, given, options.lifetimeS ?? 600);
  const verify = verifier(options.trusts);

  async function exchange(context: GrantContext): Promise<void> {
    const { params, client } = context.oidc;
    const subject = await verify(params["subject_token"], null);
    if (params["requested_token_type"] === idJag) {
      context.body = await grantFor(subject, params, client.clientId);
      return;
    }
    const actor = params["actor_token"] === undefined ? undefined : await verify(params["actor_token"], issuer);
    const act =
      actor === undefined
        ? subject["act"]
        : { sub: actor.sub, ...(subject["act"] === undefined ? {} : { act: subject["act"] }) };
    await give(context, tokenExchange, { sub: subject.sub ?? null, act });
  }

  async function grantFor(
    subject: JWTPayload,
    params: GrantContext["oidc"]["params"],
    clientId: string,
  ): Promise<object> {
    const { audience, scope, resource } = params;
    if (audience === undefined) throw new errors.InvalidTarget("no audience");
    const claims = {
      client_id: clientId,
      ...(scope === undefined ? {} : { scope }),
      ...(resource === undefined ? {} : { resource }),
    };
    const assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: "server", typ: "oauth-id-jag+jwt" })
      .setIssuer(issuer)
      .setSubject(subject.sub ?? "")
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime("5m")
      .setJti(`jag-${given.length}`)
      .sign(privateKey);
    return { access_token: assertion, issued_token_type: idJag, token_type: "N_A", expires_in: 300 };
  }

  async function redeem(context: GrantContext): Promise<void> {
    const { params, client } = context.oidc;
    const claims = await verify(params["assertion"], issuer, "oauth-id-jag+jwt");
    if (claims["client_id"] !== client.clientId) throw new errors.InvalidGrant("of another client");
    await give(context, jwtBearer, { sub: claims.sub ?? null, act: undefined }, claims);
  }

  provider.registerGrantType(tokenExchange, exchange, [
    ...["subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type"],
    ...["audience", "scope", "resource"],
  ]);
  provider.registerGrantType(jwtBearer, redeem, ["assertion", "scope"]);
  return serve(server, provider, { issuer, given });
}

function configuration(clients: readonly object[], jwk: object, lifetimeS: number) {
  const known = { redirect_uris: [], response_types: [], token_endpoint_auth_method: "client_secret_basic" };
  return {
    clients: clients.map((client) => ({ ...known, ...client })),
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    jwks: { keys: [jwk] },
    scopes: ["read", "write"],
    ttl: { ClientCredentials: lifetimeS },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          scope: "read write",
          audience: resource,
          accessTokenFormat: "opaque",
        }),
      },
    },
  };
}

interface For {
  readonly sub: string | null;
  readonly act: unknown;
}

function giver(provider: Provider, given: GivenToken[], lifetimeS: number) {
  return async function give(
    context: GrantContext,
    grant: string,
    { sub, act }: For,
    asked: Readonly<Record<string, unknown>> = context.oidc.params,
  ): Promise<void> {
    const text = (name: string): string | null => (typeof asked[name] === "string" ? asked[name] : null);
    const scope = text("scope") ?? "";
    if (scope.split(" ").includes("admin")) throw new errors.InvalidScope("admin is for nobody");
    const extra = { ...(sub === null ? {} : { sub }), ...(act === undefined ? {} : { act }) };
    const token = new provider.ClientCredentials({ client: context.oidc.client, scope: scope || undefined, extra });
    const audience = text("audience");
    token.setAudience(text("resource") ?? audience ?? "anything");
    const value = await token.save();
    given.push({ token: value, grant, sub, act: act ?? null, scope, resource: text("resource"), audience });
    const issued =
      grant === tokenExchange ? { issued_token_type: "urn:ietf:params:oauth:token-type:access_token" } : {};
    context.body = {
      access_token: value,
      token_type: "Bearer",
      expires_in: lifetimeS,
      ...(scope === "" ? {} : { scope }),
      ...issued,
    };
  };
}

function verifier(trusts: GrantsServerOptions["trusts"]) {
  return async function verify(token: string | undefined, audience: string | null, typ?: string): Promise<JWTPayload> {
    try {
      const iss = JSON.parse(Buffer.from(token?.split(".")[1] ?? "", "base64url").toString()) as { iss?: string };
      const keys = trusts()[iss.iss ?? ""];
      if (keys === undefined) throw new Error("no trusted issuer");
      const checks = {
        issuer: iss.iss ?? "",
        ...(audience === null ? {} : { audience }),
        ...(typ === undefined ? {} : { typ }),
      };
      return (await jwtVerify(token ?? "", createRemoteJWKSet(new URL(keys)), checks)).payload;
    } catch (cause) {
      throw Object.assign(new errors.InvalidGrant(`${token} is not accepted`), { cause });
    }
  };
}

function serve(
  server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>,
  provider: Provider,
  { issuer, given }: Pick<GrantsServer, "issuer" | "given">,
): GrantsServer {
  const answer = provider.callback();
  const revoked: string[] = [];
  let asked = 0;
  let failing: number | "silent" | null = null;
  server.on("request", (req: IncomingMessage, res: ServerResponse) => {
    if (req.url === "/token") asked += 1;
    if (failing === "silent") return;
    if (failing !== null) return void res.writeHead(failing, { "content-type": "text/plain" }).end("out of order");
    if (req.url === "/token/revocation") req.on("data", (chunk: Buffer) => note(revoked, chunk));
    answer(req, res);
  });
  return {
    issuer,
    given,
    revoked,
    asked: () => asked,
    failing: (how) => {
      failing = how;
      return () => void (failing = null);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function note(revoked: string[], chunk: Buffer): void {
  const token = new URLSearchParams(chunk.toString()).get("token");
  if (token !== null) revoked.push(token);
}
