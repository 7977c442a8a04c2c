import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export const consoleClient = "sallyport-console";
export const consoleSecret = "a-console-secret-of-these-tests-0123456789";

export interface Person {
  readonly sub: string;
  readonly preferred_username: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly teams?: readonly string[];
}

/** An OpenID Connect provider where people sign in on a page, as themselves. */
export interface PeopleProvider {
  readonly issuer: string;
  /** By `sub`; a test may change them while people are signed in. */
  readonly people: Map<string, Person>;
  /** The sessions of somebody, by their `sid`. */
  sidsOf(sub: string): readonly string[];
  /** Tells the console that this session has ended (OpenID Connect Back-Channel Logout 1.0). @throws Error when it is not taken */
  signOut(sub: string, sid: string): Promise<void>;
  /** How often it was asked to describe itself (OpenID Connect Discovery 1.0 §4). */
  discoveries(): number;
  close(): Promise<void>;
}

/**
 * A certified server (oidc-provider) on `localhost`: to a console on 127.0.0.1 that is another site, as providers are.
 * @param consoleUrl where people come back to
 * @param moreRedirectUris other addresses that they may come back to
 * @param isStrict whether it refuses requests with a `resource` and has no dynamic registration, as Entra; else it is as it comes
 */
export async function startPeopleProvider(
  consoleUrl: string,
  people: readonly Person[],
  moreRedirectUris: readonly string[] = [],
  isStrict = true,
): Promise<PeopleProvider> {
  // It warns about its in-memory store and keys, which are right for a test.
  console.warn = console.info = () => undefined;
  const known = new Map(people.map((person) => [person.sub, person]));
  const server = createServer({ keepAliveTimeout: 0 });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configuration(consoleUrl, known, { more: moreRedirectUris, isStrict }));
  const answer = provider.callback();
  let discoveries = 0;
  const sids = new Map<string, string[]>();
  provider.on("authorization.success", ({ oidc: { session } }) => {
    const all = sids.get(session.accountId) ?? [];
    sids.set(session.accountId, [...all, session.sidFor(consoleClient)]);
  });
  server.on("request", (req: IncomingMessage, res: ServerResponse) => {
    if (req.url === "/.well-known/openid-configuration") discoveries += 1;
    // As Entra does: it knows nothing of the resources of others.
    if (isStrict && req.url?.includes("resource=") === true) res.writeHead(400).end("invalid_target");
    else if (req.url?.startsWith("/interaction/") === true) void interact(provider, known, req, res);
    else answer(req, res);
  });
  return {
    issuer,
    people: known,
    discoveries: () => discoveries,
    sidsOf: (sub) => sids.get(sub) ?? [],
    async signOut(sub, sid) {
      const client = await provider.Client.find(consoleClient);
      await client?.backchannelLogout(sub, sid);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function configuration(
  consoleUrl: string,
  people: ReadonlyMap<string, Person>,
  { more, isStrict }: { readonly more: readonly string[]; readonly isStrict: boolean },
) {
  return {
    clients: [
      {
        client_id: consoleClient,
        client_secret: consoleSecret,
        redirect_uris: [`${consoleUrl}/login/callback`, ...more],
        post_logout_redirect_uris: [`${consoleUrl}/`],
        token_endpoint_auth_method: "client_secret_basic",
        backchannel_logout_uri: `${consoleUrl}/api/login/provider/logout`,
        backchannel_logout_session_required: true,
      },
    ],
    scopes: ["openid", "profile"],
    claims: { openid: ["sub"], profile: ["preferred_username", "email", "groups", "teams"] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      registration: { enabled: !isStrict },
    },
    cookies: { keys: ["a key of these tests"] },
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, sub: string) =>
      people.has(sub) ? { accountId: sub, claims: () => ({ ...people.get(sub) }) } : undefined,
    loadExistingGrant,
  };
}

/** Nobody is asked whether the console may know who they are. */
async function loadExistingGrant(context: {
  oidc: {
    client: { clientId: string };
    session: { accountId: string };
    provider: Provider;
    params: { scope: string };
  };
}): Promise<unknown> {
  const { client, session, provider, params } = context.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

/** The provider's sign-in page: whose name is typed in is who it is. */
async function interact(
  provider: Provider,
  people: ReadonlyMap<string, Person>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (req.method !== "POST") {
    res.setHeader("Content-Type", "text/html; charset=utf-8");
    res.end(
      `<!doctype html><html lang="en"><title>Provider</title><form method="post"><h1>Provider</h1>
       <label>Who <input name="who" autofocus></label><button name="do" value="login">Log in</button>
       <button name="do" value="cancel">Cancel</button></form></html>`,
    );
    return;
  }
  const form = new URLSearchParams(await bodyOf(req));
  const person = [...people.values()].find(({ preferred_username }) => preferred_username === form.get("who"));
  const result =
    form.get("do") === "cancel" || person === undefined
      ? { error: "access_denied", error_description: "the person turned back" }
      : { login: { accountId: person.sub } };
  await provider.interactionFinished(req, res, result);
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
