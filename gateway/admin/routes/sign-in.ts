import type { Express, Request, Response } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import { callerAddress } from "../../lib/request-headers.ts";
import {
  beginSession,
  type BrowserSessionDeps,
  currentSession,
  sessionOf,
  sessionView,
  setCookies,
  stepUp,
} from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import type { LoginPurpose, ProviderLogin, ReturnedLogin } from "../oidc/provider-login.ts";
import { type CookieKind, readCookies } from "../../sign-in/cookies.ts";
import { pendingSeconds } from "../../sign-in/trip.ts";
import { clientAddress, readBody, returnTo } from "../read-request.ts";
import { passkeysPurpose, type ProviderSession, votePurpose } from "../sessions.ts";

export interface SignInDeps extends BrowserSessionDeps, Pick<ConsoleDeps, "publicUrl" | "checkPassword"> {
  /** Null when nobody signs in elsewhere. */
  readonly provider: ProviderLogin | null;
  /** Keep the secret of a sign-in at the provider that has begun. */
  readonly loginCookies: readonly CookieKind[];
}

type ProviderDeps = SignInDeps & { readonly provider: ProviderLogin };

const credentials = z.strictObject({ user: z.string().min(1).max(200), password: z.string().min(1).max(1024) });

/** Signing in, with a password or at the provider. Open to everybody. */
export function signInRoutes(app: Express, deps: SignInDeps): void {
  /** What the sign-in page offers, and where people come back to after a provider. */
  app.get("/api/login", function showLogin(_req, res) {
    const { passwords, provider } = deps.login;
    const offered = provider === null ? null : { label: provider.label };
    res.json({ passwords, provider: offered, origin: deps.publicUrl, now: deps.clock.now() });
  });

  app.post("/api/login", async function login(req, res) {
    const { user, password } = readBody(req, credentials);
    const guesser = { name: user, address: clientAddress(req), signedIn: false };
    const account = await deps.checkPassword(guesser, password);
    const session = await beginSession(deps, req, res, account.id, { method: "password", provider: null });
    res.json(sessionView(session, deps.clock.now()));
  });

  const { provider } = deps;
  if (provider !== null) providerRoutes(app, { ...deps, provider });
}

const beginning = z.strictObject({ return_to: returnTo });
const ending = z.strictObject({ parameters: z.string().max(8192) });

/**
 * To the provider and back. No GET changes anything here either: the provider sends people back to a page, and that page
 * posts what stands in its address. So the browser sends its cookies as to any page of the same site, and all of them
 * stay SameSite=Strict; what another site makes it open or post brings nobody in.
 */
function providerRoutes(app: Express, deps: ProviderDeps): void {
  app.post("/api/login/provider", async function beginLogin(req, res) {
    const { return_to } = readBody(req, beginning);
    await answerLocation(deps, res, { stepUp: null, returnTo: return_to }, callerAddress(clientAddress(req)));
  });

  app.post("/api/login/provider/finish", async function finishLogin(req, res) {
    const { parameters } = readBody(req, ending);
    const [secret = null] = readCookies(req.headers.cookie, deps.loginCookies);
    setCookies(res, deps.loginCookies, "", 0);
    const login = await deps.provider.finish(secret, parameters);
    const session = await (login.stepUp === null
      ? beginSession(deps, req, res, login.account.id, { method: "oidc", provider: sessionAt(login) })
      : proveAtProvider(deps, req, res, login, login.stepUp));
    res.json({ ...sessionView(session, deps.clock.now()), return_to: login.returnTo });
  });
}

/** Answers with the provider's address; the browser keeps what proves that the same one came back. */
async function answerLocation(deps: ProviderDeps, res: Response, purpose: LoginPurpose, asker: string): Promise<void> {
  const { location, secret } = await deps.provider.begin(purpose, asker);
  setCookies(res, deps.loginCookies, secret, pendingSeconds);
  res.json({ location });
}

/** The session that asked must still be the one of this browser. */
async function proveAtProvider(
  deps: ProviderDeps,
  req: Request,
  res: Response,
  { account, identity }: ReturnedLogin,
  wanted: NonNullable<LoginPurpose["stepUp"]>,
) {
  const session = await currentSession(req, deps);
  if (session?.account !== wanted.account || account.id !== session.account) throw new Refusal("session_required");
  const { auth_time, acr = null, amr = null } = identity.claims;
  const evidence = { by: "oidc", issuer: identity.issuer, auth_time: auth_time ?? null, acr, amr };
  return stepUp(deps, res, session, { purpose: wanted.purpose, evidence }, sessionAt({ identity }));
}

function sessionAt({ identity: { idToken, claims } }: Pick<ReturnedLogin, "identity">): ProviderSession {
  return { idToken, sid: typeof claims["sid"] === "string" ? claims["sid"] : null };
}

/** The session of who is signed in: its state, its end, and proving again who they are. */
export function sessionRoutes(app: Express, deps: SignInDeps): void {
  app.get("/api/session", function showSession(_req, res) {
    res.json(sessionView(sessionOf(res), deps.clock.now()));
  });

  /** Ends the session here. Whoever came from a provider is told where to end the one there; going there is their choice. */
  app.post("/api/logout", async function logout(req, res) {
    const session = sessionOf(res);
    const idToken = await deps.sessions.idTokenOf(session.id);
    for (const id of readCookies(req.headers.cookie, deps.cookies)) await deps.sessions.end(id);
    deps.logger.info("console: signed out", { user: session.user, account: session.account });
    setCookies(res, deps.cookies, "", 0);
    const elsewhere = idToken === null || deps.provider === null ? null : await deps.provider.signOutUrl(idToken);
    if (elsewhere === null) res.status(204).end();
    else res.json({ sign_out_at: elsewhere });
  });

  stepUpRoutes(app, deps);
}

/** What somebody proves again who they are for. */
const purposeBody = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("vote"), action_digest: z.string().min(1).max(200) }),
  z.strictObject({ kind: z.literal("passkeys") }),
]);
const byPassword = z.strictObject({ for: purposeBody, password: z.string().min(1).max(1024) });
const byProvider = z.strictObject({ for: purposeBody, return_to: returnTo });

/** One proof serves one thing alone. */
function purposeOf(wanted: z.infer<typeof purposeBody>): string {
  return wanted.kind === "vote" ? votePurpose(wanted.action_digest) : passkeysPurpose;
}

/** Who somebody is, proven again: with the password, as slowly as at sign-in, or at the provider. */
function stepUpRoutes(app: Express, deps: SignInDeps): void {
  app.post("/api/step-up", async function proveByPassword(req, res) {
    const wanted = readBody(req, byPassword);
    const session = sessionOf(res);
    // Whose password it is, is not a question of the name: a local user may be called as somebody of the provider is.
    const guesser = { name: session.user, address: clientAddress(req), signedIn: true };
    const proven = await deps.checkPassword(guesser, wanted.password);
    if (proven.id !== session.account) throw new Refusal("login_failed");
    const evidence = { by: "password", at: new Date(deps.clock.now()).toISOString() };
    const after = await stepUp(deps, res, session, { purpose: purposeOf(wanted.for), evidence });
    res.json(sessionView(after, deps.clock.now()));
  });

  app.post("/api/step-up/provider", async function beginProof(req, res) {
    const wanted = readBody(req, byProvider);
    const { account, method } = sessionOf(res);
    const { provider } = deps;
    if (provider === null || method !== "oidc")
      throw new Refusal("resource_unknown", { hint: "no provider signed you in" });
    const purpose = { stepUp: { account, purpose: purposeOf(wanted.for) }, returnTo: wanted.return_to };
    await answerLocation({ ...deps, provider }, res, purpose, `account ${account}`);
  });
}
