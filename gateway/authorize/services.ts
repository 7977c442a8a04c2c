import { oauthPrefix } from "../domain/authorization.ts";
import { createProofs, type Proofs } from "../identify/dpop/proofs.ts";
import { type ProviderTrips, providerTrips } from "../sign-in/trip.ts";
import { Browsers } from "./browser.ts";
import { clientFinder, type FindClient } from "./clients/find-client.ts";
import type { AuthorizeDeps } from "./deps.ts";
import { Interactions } from "./interactions.ts";
import { HourlyRate } from "./rate.ts";

/** What the endpoints share. */
export interface AuthorizeServices {
  readonly deps: AuthorizeDeps;
  readonly findClient: FindClient;
  readonly browsers: Browsers;
  readonly interactions: Interactions;
  /** To the provider and back, each for the request of that id; null where people have passwords here. */
  readonly trips: ProviderTrips<string> | null;
  readonly proofs: Proofs;
  /** null: clients cannot register themselves. */
  readonly registrations: HourlyRate | null;
}

export function openServices(deps: AuthorizeDeps): AuthorizeServices {
  const { settings, clock, ids, logger, secret, maxProofs, sharedProofs } = deps;
  const { issuer, signIn, registration } = settings;
  const redirectUri = (): string => `${issuer}${oauthPrefix}/callback`;
  return {
    deps,
    findClient: clientFinder(deps),
    browsers: new Browsers(issuer, ids),
    interactions: new Interactions(clock, ids),
    trips: signIn === null ? null : providerTrips<string>(signIn, { clock, ids, logger, secret, redirectUri }),
    proofs: createProofs({ clock, ids, max: maxProofs, shared: sharedProofs }),
    registrations: registration === null ? null : new HourlyRate(registration.perHour, clock),
  };
}
