import { codeMs, oauthPrefix } from "../../domain/authorization.ts";
import { asRefusal, Refusal } from "../../domain/errors.ts";
import { type Answer, type OAuthRequest, redirectAnswer } from "../deps.ts";
import { digestOf, freshSecret } from "../grants/tokens.ts";
import { formProof, type Interaction, isProof } from "../interactions.ts";
import { OauthError } from "../oauth-error.ts";
import { consentPage } from "../pages/consent-page.ts";
import { signInPage } from "../pages/sign-in-page.ts";
import { grantedRoles, localPerson, type SignedInPerson } from "../person.ts";
import { returnLocation, tellClient } from "../returning.ts";
import type { AuthorizeServices } from "../services.ts";
import { assertNotEnded } from "../grants/standing.ts";

/** The request in this browser that the path names, and the browser's secret. @throws Refusal login_expired */
function interactionOf(
  { request }: OAuthRequest,
  id: string,
  { browsers, interactions }: AuthorizeServices,
): [Interaction, string] {
  const secret = browsers.secretOf(request);
  const found = interactions.find(id, secret);
  if (found === null || secret === null) throw new Refusal("login_expired");
  return [found, secret];
}

/** A form of a page that this browser was given, sent by that page. @throws Refusal login_expired, csrf_refused */
function formOf(asked: OAuthRequest, id: string, services: AuthorizeServices): [Interaction, string] {
  const [interaction, secret] = interactionOf(asked, id, services);
  const site = asked.request.header("sec-fetch-site");
  if (site !== null && site !== "same-origin") throw new Refusal("csrf_refused", { hint: "Sec-Fetch-Site" });
  if (!isProof(asked.parameters.get("proof"), interaction, secret)) throw new Refusal("csrf_refused", { hint: "form" });
  return [interaction, secret];
}

/** GET /oauth/request/{id}: the page that the person sees next. */
export async function showRequest(asked: OAuthRequest, id: string, services: AuthorizeServices): Promise<Answer> {
  const [interaction, secret] = interactionOf(asked, id, services);
  const proof = formProof(interaction, secret);
  const { person } = interaction;
  if (person === null) {
    if (services.trips !== null) throw new Refusal("login_expired");
    return signInPage({ interaction, proof, problem: null });
  }
  return askOrTell(interaction, person, services, proof);
}

/** A person without any role that is asked for is told so, and so is the client. */
function askOrTell(
  interaction: Interaction,
  person: SignedInPerson,
  services: AuthorizeServices,
  proof: string,
): Answer {
  const { settings } = services.deps;
  try {
    const roles = grantedRoles(interaction.request.wanted, person);
    const lasts = interaction.request.offline ? daysOf(settings.refresh.longestMs) : null;
    return consentPage({ interaction, person, roles, proof, lasts });
  } catch (thrown) {
    services.interactions.take(interaction);
    return tellClient(interaction.request, settings.issuer, thrown);
  }
}

/** POST /oauth/request/{id}/sign-in: name and password of a user of the console. */
export async function signIn(asked: OAuthRequest, id: string, services: AuthorizeServices): Promise<Answer> {
  const { deps, interactions } = services;
  const [interaction, secret] = formOf(asked, id, services);
  if (services.trips !== null) throw new Refusal("route_unknown");
  const { parameters, exchange, asker } = asked;
  const [user = "", password = ""] = ["user", "password"].map((name) => parameters.get(name));
  try {
    const guesser = { name: user, address: exchange.req.socket.remoteAddress ?? "", signedIn: false };
    if (user.length > 200 || password.length > 1_024) throw new Refusal("login_failed");
    const person = localPerson(await deps.checkPassword(guesser, password), deps.settings);
    interactions.signedIn(interaction, person, asker);
    deps.logger.info("authorize: signed in", { person: person.subject, by: person.by });
    return redirectAnswer(`${oauthPrefix}/request/${id}`);
  } catch (thrown) {
    const { code, status, sentenceForCaller, retryAfterS } = asRefusal(thrown);
    if (code !== "login_failed" && code !== "login_throttled") throw thrown;
    const headers: Answer["headers"] = retryAfterS === null ? {} : { "Retry-After": String(retryAfterS) };
    return signInPage({
      interaction,
      proof: formProof(interaction, secret),
      problem: sentenceForCaller,
      status,
      headers,
    });
  }
}

/** POST /oauth/request/{id}/answer: the person agrees, or does not; once. */
export async function answerRequest(asked: OAuthRequest, id: string, services: AuthorizeServices): Promise<Answer> {
  const { deps, interactions } = services;
  const [interaction] = formOf(asked, id, services);
  const { person, request } = interaction;
  const { issuer } = deps.settings;
  if (person === null || interactions.take(interaction) === null) throw new Refusal("login_expired");
  if (asked.parameters.get("answer") !== "allow") {
    const refused = { error: "access_denied", error_description: "the person refused" };
    return redirectAnswer(returnLocation(request, issuer, refused));
  }
  try {
    const code = await giveCode(interaction, person, services);
    return redirectAnswer(returnLocation(request, issuer, { code }));
  } catch (thrown) {
    return tellClient(request, issuer, deniedOf(thrown));
  }
}

async function giveCode(
  { request, signedInAt }: Interaction,
  person: SignedInPerson,
  { deps }: AuthorizeServices,
): Promise<string> {
  const { store, clock, ids, settings, logger } = deps;
  const { client, route, jkt, challenge, redirectUri, offline } = request;
  const { roles, ...who } = person;
  const scopes = grantedRoles(request.wanted, { roles });
  const now = clock.now();
  const lastsMs = offline ? settings.refresh.longestMs : settings.accessMs + codeMs;
  const grant = {
    id: ids.make("g"),
    client: { id: client.id, name: client.name },
    person: who,
    scopes,
    jkt,
    route: route.id,
    audience: route.audience,
    agreedAt: now,
    vouchedAt: signedInAt ?? now,
    endsAt: now + lastsMs,
  };
  await assertNotEnded(grant, deps);
  const code = freshSecret(deps);
  const given = { digest: digestOf(code), grant, redirectUri, challenge, refreshable: offline };
  await store.addCode({ ...given, expiresAt: now + codeMs });
  await store.purge(now);
  logger.info("authorize: a person agreed", { person: who.subject, client: client.id, route: route.id, roles: scopes });
  return code;
}

/** At this endpoint there is no grant yet that could be invalid. */
function deniedOf(thrown: unknown): unknown {
  if (!(thrown instanceof OauthError) || thrown.code !== "invalid_grant") return thrown;
  return new OauthError("access_denied", thrown.message, { cause: thrown });
}

function daysOf(ms: number): string {
  const days = Math.round(ms / 86_400_000);
  if (days >= 1)
    return days === 1 ? "up to a day, also while you are away" : `up to ${days} days, also while you are away`;
  return `up to ${Math.max(1, Math.round(ms / 60_000))} minutes, also while you are away`;
}
