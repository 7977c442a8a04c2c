/**
 * Where people have accounts: an authorization server (oidc-provider, a certified one) with consent, rotating refresh tokens,
 * introspection and revocation, and beside it the tool server that tells whose token it was called with.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export const gatewayClient = "sallyport-gateway";
export const gatewaySecret = "gateway-secret-canary-0123456789";

export interface ConsentServer {
  readonly issuer: string;
  /** The tool server: `GET /whoami` answers `{ "account": …, "scope": … }`, or 401. */
  readonly tools: string;
  /** How often each endpoint was called: `/token`, `/token/revocation`; and `tools`, the tool server. */
  readonly calls: ReadonlyMap<string, number>;
  /** Answers token and revocation requests with this status; null: as they deserve. */
  failing: number | null;
  /** Runs before the answer of the token endpoint, with its body, leaves; null: it leaves at once. */
  beforeTokens: ((body: string) => Promise<void>) | null;
  /** Goes to the address as this person, consents, and comes back. @returns the query that the person comes back with */
  consent(location: string, who: string): Promise<string>;
  /** The account that an access token is for; null when it is not good any more. */
  accountOf(token: string): Promise<string | null>;
  /** Ends all that was consented to by this person, as they can at the other side. */
  withdraw(who: string): Promise<void>;
  close(): Promise<void>;
}

export interface ConsentServerOptions {
  /** Where people come back to; all addresses that tests have. */
  readonly redirectUris: readonly string[];
  /** Of access tokens, in seconds. */
  readonly ttlS?: number;
  /** false: access tokens alone. */
  readonly refresh?: boolean;
}

export async function startConsentServer(options: ConsentServerOptions): Promise<ConsentServer> {
  // It warns about its in-memory store and keys, which are right for a test.
  console.warn = console.info = () => undefined;
  const server = createServer({ keepAliveTimeout: 0 });
  const issuer = await listening(server);
  const provider = new Provider(issuer, configuration(options));
  const answer = provider.callback();
  const calls = new Map<string, number>();
  const grants = new Map<string, Set<string>>();
  server.on("request", (req: IncomingMessage, res: ServerResponse) => {
    const path = (req.url ?? "").split("?")[0] ?? "";
    calls.set(path, (calls.get(path) ?? 0) + 1);
    if (running.failing !== null && path.startsWith("/token")) res.writeHead(running.failing).end();
    else if (path.startsWith("/interaction/")) void interact(provider, grants, req, res);
    else {
      if (path === "/token" && running.beforeTokens !== null) endAfter(res, running.beforeTokens);
      answer(req, res);
    }
  });
  const toolServer = createServer((req, res) => {
    calls.set("tools", (calls.get("tools") ?? 0) + 1);
    void whoami(provider, req, res);
  });
  const tools = await listening(toolServer);
  const running: ConsentServer = {
    issuer,
    tools,
    calls,
    failing: null,
    beforeTokens: null,
    consent,
    async accountOf(token) {
      return (await provider.AccessToken.find(token))?.accountId ?? null;
    },
    async withdraw(who) {
      for (const id of grants.get(who) ?? []) {
        await (await provider.Grant.find(id))?.destroy();
        for (const model of [provider.RefreshToken, provider.AccessToken]) await model.revokeByGrantId(id);
      }
    },
    close: () => Promise.all([server, toolServer].map(closed)).then(() => undefined),
  };
  return running;
}

function configuration({ redirectUris, ttlS = 3_600, refresh = true }: ConsentServerOptions) {
  return {
    clients: [
      {
        client_id: gatewayClient,
        client_secret: gatewaySecret,
        redirect_uris: [...redirectUris],
        grant_types: refresh ? ["authorization_code", "refresh_token"] : ["authorization_code"],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    scopes: ["openid", "offline_access", "read", "write"],
    features: { devInteractions: { enabled: false }, revocation: { enabled: true }, introspection: { enabled: true } },
    pkce: { required: () => true },
    issueRefreshToken: () => refresh,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: ttlS,
      AuthorizationCode: 60,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 3_600,
      Interaction: 600,
      IdToken: 600,
    },
    cookies: { keys: ["a key of these tests"] },
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
  };
}

/** The other side's page: whose name is typed in, or in the header `x-who`, is who signs in; they consent to what is asked for. */
async function interact(
  provider: Provider,
  grants: Map<string, Set<string>>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { prompt, params, session, grantId: before } = await provider.interactionDetails(req, res);
  const who = session?.accountId ?? (await whoIn(req));
  if (who === null) return void res.setHeader("Content-Type", "text/html; charset=utf-8").end(page);
  if (who === "nobody")
    return provider.interactionFinished(req, res, { error: "access_denied", error_description: "turned back" });
  if (prompt.name === "login") return provider.interactionFinished(req, res, { login: { accountId: who } });
  const known = before === undefined ? undefined : await provider.Grant.find(before);
  const grant = known ?? new provider.Grant({ accountId: who, clientId: String(params["client_id"]) });
  grant.addOIDCScope(String(params["scope"]));
  const grantId = await grant.save();
  grants.set(who, (grants.get(who) ?? new Set()).add(grantId));
  await provider.interactionFinished(req, res, { consent: { grantId } }, { mergeWithLastSubmission: true });
}

const page = `<!doctype html><html lang="en"><title>Acme Cloud</title><form method="post"><h1>Acme Cloud</h1>
  <label>Who <input name="who" autofocus></label><button>Allow</button></form></html>`;

/** Null where nobody has said it yet. */
async function whoIn(req: IncomingMessage): Promise<string | null> {
  const header = req.headers["x-who"];
  if (typeof header === "string") return header;
  if (req.method !== "POST") return null;
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString()).get("who");
}

async function whoami(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const text = /^Bearer (\S+)$/.exec(req.headers.authorization ?? "")?.[1] ?? "";
  const token = text === "" ? undefined : await provider.AccessToken.find(text);
  res.setHeader("content-type", "application/json");
  if (token === undefined) res.writeHead(401).end('{"error":"invalid_token"}');
  else res.end(JSON.stringify({ account: token.accountId, scope: token.scope ?? "" }));
}

/** As a browser does: follows redirects at the server, with its cookies, until it is sent back. */
async function consent(location: string, who: string): Promise<string> {
  const { origin } = new URL(location);
  const jar = new Map<string, string>();
  let next = location;
  for (let step = 0; step < 10; step += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(next, { redirect: "manual", headers: { cookie, "x-who": who } });
    await answer.arrayBuffer();
    for (const set of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = (set.split(";")[0] ?? "").split("=");
      jar.set(name, value);
    }
    const to = answer.headers.get("location");
    if (to === null) throw new Error(`the server answered ${answer.status} at ${next}`);
    const url = new URL(to, next);
    if (url.origin !== origin) return url.search;
    next = url.href;
  }
  throw new Error("the server redirects without end");
}

function endAfter(res: ServerResponse, before: (body: string) => Promise<void>): void {
  const end = res.end.bind(res);
  res.end = ((body: string | Buffer) => {
    void before(String(body)).then(() => end(body));
    return res;
  }) as typeof res.end;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
