import type { Account } from "../../domain/account.ts";
import { Refusal } from "../../domain/errors.ts";
import type { OidcSettings } from "../../domain/settings.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { ConsoleDeps } from "../deps.ts";
import { accountOfPerson } from "./provider-account.ts";
import type { VerifiedIdentity } from "../../sign-in/provider.ts";
import type { OneTimeSecrets } from "../../sign-in/one-time-secrets.ts";
import { providerTrips } from "../../sign-in/trip.ts";

/** The page that people come back to; it hands on what stands in its address. */
export const callbackPath = "/login/callback";
/** Why somebody is sent to the provider. */
export interface LoginPurpose {
  /** To prove again who they are, for this purpose; null to sign in. */
  readonly stepUp: { readonly account: string; readonly purpose: string } | null;
  readonly returnTo: string;
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

interface ProviderLoginDeps extends Pick<ConsoleDeps, "accounts" | "clock" | "ids" | "logger" | "login" | "publicUrl"> {
  readonly secrets: OneTimeSecrets;
}

/** What the console does with those who come back: an account for whoever signs in, or the proof of who is signed in already. */
export function providerLogin(settings: OidcSettings, deps: ProviderLoginDeps): ProviderLogin {
  const { accounts, clock, login, publicUrl } = deps;
  const redirectUri = (): string => new URL(callbackPath, publicUrl).href;
  const trips = providerTrips<LoginPurpose>(settings, { ...deps, redirectUri, secret: (of) => login.secret(of) });
  const { name, roles, teams, also } = settings.claims;
  const wanted = [name, roles, ...(teams === null ? [] : [teams]), ...also];

  return {
    async begin(purpose, asker) {
      if (purpose.stepUp === null) return trips.begin(purpose, asker);
      const account = await accounts.get(purpose.stepUp.account);
      return trips.begin(purpose, asker, { prompt: "login", max_age: "0", login_hint: account?.name ?? "" });
    },
    async finish(browser, parameters) {
      const { purpose, identity, elapsedMs } = await trips.finish(browser, parameters, wanted);
      const { stepUp, returnTo } = purpose;
      if (stepUp !== null) assertSame(await accounts.get(stepUp.account), identity, elapsedMs);
      const account = await accountOfPerson(accounts, settings, identity, clock.now());
      return { stepUp, returnTo, account, identity };
    },
    signOutUrl: (idToken) =>
      trips.endSessionUrl({ id_token_hint: idToken, post_logout_redirect_uri: new URL("/", publicUrl).href }),
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
