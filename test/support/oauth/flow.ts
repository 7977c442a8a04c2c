import { hash } from "node:crypto";
import { formIn } from "./form-browser.ts";
import { crm, issuer, loopbackClient, type Said, type Sent, type TestServer } from "./authorization-server.ts";

export const verifier = "a-code-verifier-of-these-tests-that-is-long-enough-0123";
export const challenge = hash("sha256", verifier, "base64url");
export const redirectUri = "http://127.0.0.1:53123/callback";

/** A whole request of a client; anything may be changed, and null leaves it out. */
export function authorizationQuery(changes: Readonly<Record<string, string | null>> = {}): Record<string, string> {
  const whole = {
    response_type: "code",
    client_id: loopbackClient.id,
    redirect_uri: redirectUri,
    state: "of-the-client",
    code_challenge: challenge,
    code_challenge_method: "S256",
    resource: crm.resource,
    ...changes,
  };
  return Object.fromEntries(Object.entries(whole).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** What the browser of a person keeps and shows. */
export interface AtPage {
  readonly page: Said;
  readonly path: string;
  readonly cookie: string;
}

/** The client sends somebody here: their first page. */
export async function arrive(
  server: TestServer,
  changes: Readonly<Record<string, string | null>> = {},
  cookie = "",
): Promise<AtPage> {
  const headers = cookie === "" ? {} : { cookie };
  const sent = await server.ask("GET", "/oauth/authorize", { query: authorizationQuery(changes), headers });
  if (sent.location === null) throw new Error(`${sent.status}: ${sent.text}`);
  const given = cookie === "" ? cookieIn(sent) : cookie;
  const path = sent.location.pathname;
  return { page: await server.ask("GET", path, { headers: { cookie: given } }), path, cookie: given };
}

export function cookieIn({ headers }: Said): string {
  return [headers["set-cookie"] ?? []]
    .flat()
    .map((line) => line.split(";")[0])
    .join("; ");
}

/** Sends the form of a page. */
export function send(
  server: TestServer,
  { page, path, cookie }: AtPage,
  fields: Readonly<Record<string, string>>,
  more: Sent = {},
): Promise<Said> {
  const { action, hidden } = formIn({ text: page.text, url: new URL(path, issuer) });
  return server.ask("POST", action, { ...more, form: { ...hidden, ...fields }, headers: { cookie, ...more.headers } });
}

/** Signed in as alice, at the page that asks whether she agrees. */
export async function signedIn(
  server: TestServer,
  changes: Readonly<Record<string, string | null>> = {},
): Promise<AtPage> {
  const at = await arrive(server, changes);
  const answer = await send(server, at, { user: "alice", password: "right" });
  if (answer.location === null) throw new Error(`${answer.status}: ${answer.text}`);
  return { ...at, page: await server.ask("GET", at.path, { headers: { cookie: at.cookie } }) };
}

/** A code that alice agreed to. */
export async function codeFor(
  server: TestServer,
  changes: Readonly<Record<string, string | null>> = {},
): Promise<string> {
  const back = await send(server, await signedIn(server, changes), { answer: "allow" });
  const code = back.location?.searchParams.get("code") ?? null;
  if (code === null) throw new Error(`${back.status} ${back.location?.href} ${back.text}`);
  return code;
}

/** At the token endpoint; anything may be changed, and null leaves it out. */
export function redeem(
  server: TestServer,
  code: string,
  changes: Readonly<Record<string, string | null>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const whole = {
    grant_type: "authorization_code",
    code,
    client_id: loopbackClient.id,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    resource: crm.resource,
    ...changes,
  };
  return token(server, whole, headers);
}

export function refreshWith(
  server: TestServer,
  refreshToken: unknown,
  changes: Readonly<Record<string, string | null>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const whole = { grant_type: "refresh_token", refresh_token: String(refreshToken), client_id: loopbackClient.id };
  return token(server, { ...whole, ...changes }, headers);
}

export function token(
  server: TestServer,
  form: Readonly<Record<string, string | null>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const entries = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== null);
  return server.ask("POST", "/oauth/token", { form: Object.fromEntries(entries), headers });
}

/** The claims of a signed token, unverified. */
export function claimsIn(jwt: unknown): Record<string, unknown> {
  const [, payload = ""] = String(jwt).split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
}
