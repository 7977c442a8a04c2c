import { hash } from "node:crypto";
import type { Account } from "../../domain/account.ts";
import { Refusal } from "../../domain/errors.ts";
import type { OidcSettings } from "../../domain/settings.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { ConsoleDeps } from "../deps.ts";
import { oneTime } from "../one-time-secrets.ts";
import { Discovery, discoverProvider } from "./discovery.ts";
import { accountOfPerson } from "./provider-account.ts";
import { createProvider, type Expected, type VerifiedIdentity } from "./provider.ts";

/** The page that people come back to; it hands on what stands in its address. */
export const callbackPath = "/login/callback";
/** How long somebody may take to come back. */
export const pendingSeconds = 600;
const pendingBounds = { lifetimeMs: pendingSeconds * 1000, capacity: 10_000, perAsker: 1_000 };
/** Nobody is signed in yet: the secret in the browser's cookie is all that says who asks. */
const browserAsker = "";

/** Why somebody is sent to the provider. */
export interface LoginPurpose {
  /** To prove again who they are, for this purpose; null to sign in. */
  readonly stepUp: { readonly account: string; readonly purpose: string } | null;
  readonly returnTo: string;
}

interface PendingLogin extends LoginPurpose, Expected {
  readonly begun: number;
}

export interface ReturnedLogin extends LoginPurpose {
  readonly account: Account;
  readonly identity: VerifiedIdentity;
}

export interface ProviderLogin {
  /**
   * Where to send them, and the secret that their browser keeps until it is back.
   * @param asker whose share of the pending sign-ins it takes
   * @throws Refusal login_unavailable
   */
  begin(purpose: LoginPurpose, asker: string): Promise<{ readonly location: string; readonly secret: string }>;
  /**
   * @param parameters the query they came back with
   * @throws Refusal login_expired, login_declined, login_invalid, login_claims, login_roles, login_conflict,
   * login_unavailable, step_up_stale, step_up_person
   */
  finish(secret: string | null, parameters: string): Promise<ReturnedLogin>;
  /** Where the session at the provider can be ended too (OpenID Connect RP-Initiated Logout 1.0); null when nowhere. */
  signOutUrl(idToken: string): Promise<string | null>;
}

type ProviderLoginDeps = Pick<ConsoleDeps, "accounts" | "clock" | "ids" | "logger" | "login" | "publicUrl">;

/**
 * Authorization code flow with PKCE, state and nonce, each fresh for every sign-in and good for one return. The provider is
 * looked up when somebody first signs in: one that is down does not stop the gateway's start.
 */
export function providerLogin(settings: OidcSettings, deps: ProviderLoginDeps): ProviderLogin {
  const { accounts, clock, ids, logger, login, publicUrl } = deps;
  const secret = () => login.secret(settings.secretReference);
  const provider = createProvider(new Discovery(() => discoverProvider(settings, secret), clock), logger);
  const pending = oneTime<PendingLogin>(clock, pendingBounds);
  const redirectUri = new URL(callbackPath, publicUrl).href;
  const { name, roles, teams, also } = settings.claims;
  const wanted = [name, roles, ...(teams === null ? [] : [teams]), ...also];
  const fresh = () => ids.make("n") + ids.make("n");

  return {
    async begin(purpose, asker) {
      const account = purpose.stepUp === null ? null : await accounts.get(purpose.stepUp.account);
      const begun: PendingLogin = { ...purpose, state: fresh(), nonce: fresh(), verifier: fresh(), begun: clock.now() };
      const browser = fresh();
      const parameters = authorizationParameters(settings, begun, redirectUri, account?.name ?? null);
      const location = await provider.authorizationUrl(parameters);
      pending.keep(browserAsker, browser, begun, asker);
      return { location, secret: browser };
    },
    async finish(browser, parameters) {
      const begun = browser === null ? null : pending.take(browserAsker, browser);
      if (begun === null) throw new Refusal("login_expired");
      const cameBackTo = new URL(redirectUri);
      cameBackTo.search = parameters;
      const identity = await provider.redeem(cameBackTo, begun, wanted);
      if (begun.stepUp !== null)
        assertSame(await accounts.get(begun.stepUp.account), identity, clock.now() - begun.begun);
      const account = await accountOfPerson(accounts, settings, identity, clock.now());
      return { stepUp: begun.stepUp, returnTo: begun.returnTo, account, identity };
    },
    signOutUrl: (idToken) =>
      provider
        .endSessionUrl({ id_token_hint: idToken, post_logout_redirect_uri: new URL("/", publicUrl).href })
        .catch(() => null),
  };
}

function authorizationParameters(
  settings: OidcSettings,
  { state, nonce, verifier, stepUp }: PendingLogin,
  redirectUri: string,
  loginHint: string | null,
): Record<string, string> {
  return {
    redirect_uri: redirectUri,
    response_type: "code",
    response_mode: "query",
    scope: settings.scopes.join(" "),
    state,
    nonce,
    code_challenge: hash("sha256", verifier, "base64url"),
    code_challenge_method: "S256",
    ...(stepUp === null ? {} : { prompt: "login", max_age: "0", login_hint: loginHint ?? "" }),
  };
}

function assertSame(account: Account | null, identity: VerifiedIdentity, elapsedMs: number): void {
  const known = account?.provider;
  if (known?.issuer !== identity.issuer || known.subject !== identity.subject) throw new Refusal("step_up_person");
  if (!isFresh(identity.claims, elapsedMs)) throw new Refusal("step_up_stale");
}

/** Both times are whole seconds. */
const roundingSeconds = 2;

/**
 * Whether the provider asked who it is after it was told to (`prompt=login`, `max_age=0`): OpenID Connect Core 1.0
 * §3.1.2.1 makes it say when, in `auth_time`. Compared with the ID token's own `iat`, which the same clock wrote, so that a
 * provider whose clock is off neither locks people out nor passes an old sign-in off as a new one.
 */
export function isFresh(claims: JsonObject, elapsedMs: number): boolean {
  const { auth_time: asked, iat } = claims;
  if (typeof asked !== "number" || typeof iat !== "number") return false;
  const ago = iat - asked;
  return ago >= -roundingSeconds && ago <= elapsedMs / 1000 + roundingSeconds;
}
