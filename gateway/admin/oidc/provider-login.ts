import { hash } from "node:crypto";
import type { Account } from "../../domain/account.ts";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { ConsoleDeps, ProviderSettings } from "../deps.ts";
import { oneTime } from "../one-time-secrets.ts";
import { welcome } from "./provider-account.ts";
import { provider, type Vouched } from "./provider.ts";

/** The page that people come back to; it hands on what stands in its address. */
export const callbackPath = "/login/callback";
export const tripSeconds = 600;
const tripBounds = { lifetimeMs: tripSeconds * 1000, capacity: 10_000, perAsker: 1_000 };
/** Nobody is signed in yet: the secret in the browser's cookie is all that says who asks. */
const browserAsker = "";

/** Why somebody is sent to the provider. */
export interface Errand {
  /** To prove again who they are, for this purpose; null to sign in. */
  readonly stepUp: { readonly account: string; readonly purpose: string } | null;
  readonly returnTo: string;
}

interface Trip extends Errand {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly begun: number;
}

export interface Arrival extends Errand {
  readonly account: Account;
  readonly vouched: Vouched;
}

export interface ProviderLogin {
  /**
   * Where to send them, and the secret that their browser keeps until it is back.
   * @param asker on whose account the way is remembered
   * @throws Refusal login_unavailable
   */
  begin(errand: Errand, asker: string): Promise<{ readonly location: string; readonly secret: string }>;
  /**
   * @param parameters the query they came back with
   * @throws Refusal login_expired, login_declined, login_invalid, login_claims, login_roles, login_conflict,
   * login_unavailable, step_up_stale, step_up_person
   */
  finish(secret: string | null, parameters: string): Promise<Arrival>;
  /** Where the session at the provider can be ended too (OpenID Connect RP-Initiated Logout 1.0); null when nowhere. */
  signOutUrl(idToken: string): Promise<string | null>;
}

/** Authorization code flow with PKCE, state and nonce, each fresh for every trip and good for one return. */
export function providerLogin(
  settings: ProviderSettings,
  deps: Pick<ConsoleDeps, "accounts" | "clock" | "ids" | "logger" | "publicUrl">,
): ProviderLogin {
  const { accounts, clock, ids, logger, publicUrl } = deps;
  const there = provider(settings, clock, logger);
  const trips = oneTime<Trip>(clock, tripBounds);
  const redirectUri = new URL(callbackPath, publicUrl).href;
  const { name, roles, teams, also } = settings.claims;
  const wanted = [name, roles, ...(teams === null ? [] : [teams]), ...also];
  const secret = () => ids.make("n") + ids.make("n");

  return {
    async begin(errand, asker) {
      const hint = errand.stepUp === null ? null : (accounts.get(errand.stepUp.account)?.name ?? null);
      const trip: Trip = { ...errand, state: secret(), nonce: secret(), verifier: secret(), begun: clock.now() };
      const browser = secret();
      const location = await there.authorizationUrl(question(settings, trip, redirectUri, hint));
      trips.keep(browserAsker, browser, trip, asker);
      return { location, secret: browser };
    },
    async finish(browser, parameters) {
      const trip = browser === null ? null : trips.take(browserAsker, browser);
      if (trip === null) throw new Refusal("login_expired");
      const cameBackTo = new URL(redirectUri);
      cameBackTo.search = parameters;
      const vouched = await there.redeem(cameBackTo, trip, wanted);
      if (trip.stepUp !== null) assertSame(accounts.get(trip.stepUp.account), vouched, clock.now() - trip.begun);
      return { ...trip, vouched, account: welcome(accounts, settings, vouched, clock.now()) };
    },
    signOutUrl: (idToken) =>
      there
        .endSessionUrl({ id_token_hint: idToken, post_logout_redirect_uri: new URL("/", publicUrl).href })
        .catch(() => null),
  };
}

function question(
  settings: ProviderSettings,
  trip: Trip,
  redirectUri: string,
  hint: string | null,
): Record<string, string> {
  return {
    redirect_uri: redirectUri,
    response_type: "code",
    response_mode: "query",
    scope: settings.scopes.join(" "),
    state: trip.state,
    nonce: trip.nonce,
    code_challenge: hash("sha256", trip.verifier, "base64url"),
    code_challenge_method: "S256",
    ...(trip.stepUp === null ? {} : { prompt: "login", max_age: "0", login_hint: hint ?? "" }),
  };
}

function assertSame(account: Account | null, { issuer, subject, claims }: Vouched, elapsedMs: number): void {
  const known = account?.provider;
  if (known?.issuer !== issuer || known.subject !== subject) throw new Refusal("step_up_person");
  if (!isFresh(claims, elapsedMs)) throw new Refusal("step_up_stale");
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
