import { hash } from "node:crypto";
import { Refusal } from "../domain/errors.ts";
import type { Clock, Ids, Logger } from "../domain/ports.ts";
import type { ProviderSettings } from "../domain/settings.ts";
import { Discovery, discoverProvider } from "./discovery.ts";
import { type OneTimeSecrets, ownSecrets } from "./one-time-secrets.ts";
import { createProvider, type Expected, type VerifiedIdentity } from "./provider.ts";

/** How long somebody may take to come back. */
export const pendingSeconds = 600;
const pendingBounds = { lifetimeMs: pendingSeconds * 1000, capacity: 10_000, perAsker: 1_000 };
/** Nobody is signed in yet: the secret in the browser's cookie is all that says who asks. */
const browserAsker = "";

export interface TripDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Where the provider sends people back to. */
  readonly redirectUri: () => string;
  /** Reads the client's secret anew. */
  readonly secret: (reference: string) => string;
  /** Where those who are on their way are remembered. Default: in memory. */
  readonly secrets?: OneTimeSecrets;
}

interface PendingTrip<Purpose> extends Expected {
  readonly purpose: Purpose;
  /** Milliseconds since the epoch. */
  readonly begun: number;
  readonly redirectUri: string;
}

/** Somebody is back from the provider. */
export interface Returned<Purpose> {
  readonly purpose: Purpose;
  readonly identity: VerifiedIdentity;
  readonly elapsedMs: number;
}

/** Sends people to an OpenID Connect provider and reads what they come back with. */
export interface ProviderTrips<Purpose> {
  /**
   * Where to send them, and the secret that their browser keeps until it is back.
   * @param asker whose share of the pending sign-ins it takes
   * @param more parameters beside those of the flow
   * @throws Refusal login_unavailable
   */
  begin(
    purpose: Purpose,
    asker: string,
    more?: Readonly<Record<string, string>>,
  ): Promise<{ readonly location: string; readonly secret: string }>;
  /**
   * @param parameters the query they came back with
   * @param wanted claims that the userinfo endpoint is asked for where the ID token has them not
   * @throws Refusal login_expired, login_declined, login_invalid, login_unavailable
   */
  finish(secret: string | null, parameters: string, wanted: readonly string[]): Promise<Returned<Purpose>>;
  /** Null where the provider announces no such address, or cannot be asked. */
  endSessionUrl(parameters: Record<string, string>): Promise<string | null>;
}

/**
 * Authorization code flow with PKCE, state and nonce, each fresh for every sign-in and good for one return. The provider is
 * looked up when somebody first signs in: one that is down does not stop the gateway's start.
 */
export function providerTrips<Purpose>(settings: ProviderSettings, deps: TripDeps): ProviderTrips<Purpose> {
  const { clock, ids, logger, secrets = ownSecrets(clock) } = deps;
  const secret = () => deps.secret(settings.secretReference);
  const provider = createProvider(new Discovery(() => discoverProvider(settings, secret), clock), logger);
  const pending = secrets<PendingTrip<Purpose>>("sign-in", pendingBounds);
  const fresh = () => ids.make("n") + ids.make("n");
  return {
    async begin(purpose, asker, more = {}) {
      const expected = { state: fresh(), nonce: fresh(), verifier: fresh() };
      const redirectUri = deps.redirectUri();
      const location = await provider.authorizationUrl({ ...parametersOf(settings, expected, redirectUri), ...more });
      const browser = fresh();
      await pending.keep(browserAsker, browser, { ...expected, purpose, begun: clock.now(), redirectUri }, asker);
      return { location, secret: browser };
    },
    async finish(browser, parameters, wanted) {
      const begun = browser === null ? null : await pending.take(browserAsker, browser);
      if (begun === null) throw new Refusal("login_expired");
      const cameBackTo = new URL(begun.redirectUri);
      cameBackTo.search = parameters;
      const identity = await provider.redeem(cameBackTo, begun, wanted);
      return { purpose: begun.purpose, identity, elapsedMs: clock.now() - begun.begun };
    },
    endSessionUrl: (parameters) => provider.endSessionUrl(parameters).catch(() => null),
  };
}

function parametersOf(
  { scopes }: ProviderSettings,
  { state, nonce, verifier }: Expected,
  redirectUri: string,
): Record<string, string> {
  return {
    redirect_uri: redirectUri,
    response_type: "code",
    response_mode: "query",
    scope: scopes.join(" "),
    state,
    nonce,
    code_challenge: hash("sha256", verifier, "base64url"),
    code_challenge_method: "S256",
  };
}
