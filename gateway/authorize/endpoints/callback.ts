import { oauthPrefix } from "../../domain/authorization.ts";
import { Refusal } from "../../domain/errors.ts";
import { type Answer, type OAuthRequest, redirectAnswer } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import { providerPerson } from "../person.ts";
import { tellClient } from "../returning.ts";
import type { AuthorizeServices } from "../services.ts";

/** GET /oauth/callback: somebody is back from the provider, in the browser that went there. @throws Refusal login_* */
export async function comeBack(asked: OAuthRequest, services: AuthorizeServices): Promise<Answer> {
  const { deps, browsers, interactions, trips } = services;
  const { signIn, issuer } = deps.settings;
  if (trips === null || signIn === null) throw new Refusal("route_unknown");
  const secret = browsers.secretOf(asked.request);
  const interaction = interactions.findTrip(asked.parameters.get("state") ?? "", secret);
  if (interaction === null || interaction.trip === null) throw new Refusal("login_expired");
  const query = new URLSearchParams([...asked.parameters]).toString();
  try {
    const { name, roles } = signIn.claims;
    const { identity } = await trips.finish(interaction.trip.secret, query, [name, roles]);
    const person = providerPerson(identity, deps.settings);
    interactions.signedIn(interaction, person, asked.asker);
    deps.logger.info("authorize: signed in", { person: person.subject, by: person.by });
    return redirectAnswer(`${oauthPrefix}/request/${interaction.id}`);
  } catch (thrown) {
    const declined = thrown instanceof Refusal && thrown.code === "login_declined";
    if (!declined) throw thrown;
    interactions.take(interaction);
    const refused = new OauthError("access_denied", "the person did not sign in", { cause: thrown });
    return tellClient(interaction.request, issuer, refused);
  }
}
