import { oauthPrefix } from "../../domain/authorization.ts";
import { readAuthorizationRequest, readReturning } from "../authorization-request.ts";
import { type Answer, type OAuthRequest, redirectAnswer } from "../deps.ts";
import { tellClient } from "../returning.ts";
import type { AuthorizeServices } from "../services.ts";

/**
 * GET /oauth/authorize (RFC 6749 §4.1.1): a client has sent a person here. They are asked who they are, by password or at the
 * provider, and then whether they agree: no request is answered without both.
 */
export async function begin(asked: OAuthRequest, services: AuthorizeServices): Promise<Answer> {
  const { deps, browsers, interactions } = services;
  const returning = await readReturning(asked, services.findClient);
  try {
    const request = readAuthorizationRequest(asked, returning, deps);
    const secret = browsers.secretFor(asked.request);
    const interaction = interactions.begin(request, secret, asked.asker);
    const headers = { "Set-Cookie": browsers.cookies(secret) };
    if (services.trips === null) return redirectAnswer(`${oauthPrefix}/request/${interaction.id}`, headers);
    // The client's `resource` and scopes are no business of the provider's.
    const trip = await services.trips.begin(interaction.id, asked.asker);
    const state = new URL(trip.location).searchParams.get("state") ?? "";
    interactions.sentToProvider(interaction, { state, secret: trip.secret }, asked.asker);
    return redirectAnswer(trip.location, headers);
  } catch (thrown) {
    return tellClient(returning, deps.settings.issuer, thrown);
  }
}
