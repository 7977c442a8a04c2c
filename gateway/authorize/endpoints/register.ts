import { z } from "zod";
import { redirectProblem } from "../../lib/redirect-uri.ts";
import { claimedName, claimedUri } from "../clients/known-client.ts";
import { type Answer, type OAuthRequest, jsonAnswer } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import type { AuthorizeServices } from "../services.ts";

const text = z.string().max(2_000);

/** RFC 7591 §2, as far as it means something here; the rest is ignored, as §2 has it. */
const wanted = z.object({
  redirect_uris: z.array(text).min(1).max(20),
  client_name: text.optional(),
  client_uri: text.optional(),
  grant_types: z.array(text).max(20).optional(),
});

const usableGrants = ["authorization_code", "refresh_token"];

/**
 * POST /oauth/register (RFC 7591): any program may make itself known. It gets no secret, and nothing but an id: a person must agree
 * to whatever it wants to do. @throws OauthError
 */
export async function register({ request, asker }: OAuthRequest, services: AuthorizeServices): Promise<Answer> {
  const { deps, registrations } = services;
  const { settings, clock, ids, logger } = deps;
  const rules = settings.registration;
  if (rules === null || registrations === null)
    throw new OauthError("access_denied", "clients cannot register themselves here");
  if (!registrations.take(asker)) {
    const told = "too many registrations from this address; try again in an hour";
    throw new OauthError("temporarily_unavailable", told, { status: 429, retryAfterS: 3_600 });
  }
  const { redirectUris, name, uri, grantTypes } = readWanted(request.document);
  const now = clock.now();
  const id = ids.make("c");
  const client = { id, name: name ?? id, uri, redirectUris, grantTypes, registeredAt: now, endsAt: now + rules.keptMs };
  if (!(await deps.registered.add(client, rules.most, now)))
    throw new OauthError("temporarily_unavailable", "too many clients are registered");
  logger.info("authorize: a client registered itself", { client: id, name, redirectUris });
  return jsonAnswer(201, {
    client_id: id,
    client_id_issued_at: Math.floor(now / 1_000),
    redirect_uris: redirectUris,
    ...(name === null ? {} : { client_name: name }),
    ...(uri === null ? {} : { client_uri: uri }),
    grant_types: grantTypes,
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  });
}

function readWanted(document: unknown) {
  const { success, data, error } = wanted.safeParse(document);
  if (!success) {
    const [issue] = error.issues;
    const place = issue?.path.join(".") ?? "";
    const code = place.startsWith("redirect_uris") ? "invalid_redirect_uri" : "invalid_client_metadata";
    throw new OauthError(code, `${place === "" ? "the body" : place} cannot be used`);
  }
  for (const uri of data.redirect_uris) {
    const problem = redirectProblem(uri);
    if (problem !== null) throw new OauthError("invalid_redirect_uri", `one of redirect_uris ${problem}`);
  }
  const asked = data.grant_types ?? ["authorization_code"];
  const grantTypes = usableGrants.filter((grant) => asked.includes(grant));
  if (!grantTypes.includes("authorization_code"))
    throw new OauthError("invalid_client_metadata", "grant_types must include authorization_code");
  return {
    redirectUris: data.redirect_uris,
    name: claimedName(data.client_name),
    uri: claimedUri(data.client_uri),
    grantTypes,
  };
}
