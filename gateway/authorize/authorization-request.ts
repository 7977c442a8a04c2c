import { offlineAccess } from "../domain/authorization.ts";
import { redirectMatches } from "../lib/redirect-uri.ts";
import type { FindClient } from "./clients/find-client.ts";
import type { KnownClient } from "./clients/known-client.ts";
import type { OAuthRequest, AuthorizedRoute, AuthorizeDeps } from "./deps.ts";
import { OauthError } from "./oauth-error.ts";

/** What a client asks a person for. */
export interface AuthorizationRequest {
  readonly client: KnownClient;
  readonly redirectUri: string;
  readonly state: string | null;
  /** S256 (RFC 7636 §4.2). */
  readonly challenge: string;
  readonly route: AuthorizedRoute;
  /** Roles that it asks for; empty: whatever the person has. */
  readonly wanted: readonly string[];
  /** It wants to go on while the person is away. */
  readonly offline: boolean;
  /** Thumbprint of the DPoP key that the code is for (RFC 9449 §10); null when it names none. */
  readonly jkt: string | null;
}

/** Where an answer may go: only known once client and redirect URI are. */
export type Returning = Pick<AuthorizationRequest, "client" | "redirectUri" | "state">;

/**
 * The client, and where people are sent back to. Until this is known nobody is sent anywhere (RFC 9700 §4.11).
 * @throws OauthError for the page that the person sees
 */
export async function readReturning({ parameters, asker }: OAuthRequest, find: FindClient): Promise<Returning> {
  const id = parameters.get("client_id");
  if (id === undefined || id === "") throw new OauthError("invalid_request", "client_id is missing");
  const client = await find(id, asker);
  const redirectUri = parameters.get("redirect_uri");
  if (redirectUri === undefined) throw new OauthError("invalid_request", "redirect_uri is missing");
  if (!client.redirectUris.some((one) => redirectMatches(one, redirectUri)))
    throw new OauthError("invalid_request", "redirect_uri is none of this client's addresses");
  return { client, redirectUri, state: parameters.get("state") ?? null };
}

const challengeForm = /^[A-Za-z0-9_-]{43}$/;
const longestState = 4_096;

/** All the rest; what is wrong with it is told to the client. @throws OauthError */
export function readAuthorizationRequest(
  { parameters }: OAuthRequest,
  returning: Returning,
  { settings, routes }: Pick<AuthorizeDeps, "settings" | "routes">,
): AuthorizationRequest {
  if (parameters.get("response_type") !== "code")
    throw new OauthError("unsupported_response_type", "response_type must be code");
  if ((parameters.get("response_mode") ?? "query") !== "query")
    throw new OauthError("invalid_request", "response_mode must be query");
  if (["request", "request_uri"].some((name) => parameters.has(name)))
    throw new OauthError("invalid_request", "request objects are not taken");
  // OpenID Connect Core 1.0 §3.1.2.1: without a page. Every other value asks for what happens anyway.
  if ((parameters.get("prompt") ?? "").split(" ").includes("none"))
    throw new OauthError("login_required", "nobody is kept signed in here; leave out prompt=none");
  if ((returning.state ?? "").length > longestState) throw new OauthError("invalid_request", "state is too long");
  const challenge = parameters.get("code_challenge") ?? "";
  // RFC 7636 §4.3: without a method it would be plain, which protects nobody.
  if (parameters.get("code_challenge_method") !== "S256" || !challengeForm.test(challenge))
    throw new OauthError("invalid_request", "PKCE is required: code_challenge, with code_challenge_method S256");
  const jkt = parameters.get("dpop_jkt") ?? null;
  if (jkt !== null && !challengeForm.test(jkt)) throw new OauthError("invalid_request", "dpop_jkt is no thumbprint");
  const scopes = (parameters.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  return {
    ...returning,
    challenge,
    jkt,
    route: routeOf(parameters.get("resource"), routes),
    wanted: settings.allRoles.filter((role) => scopes.includes(role)),
    offline: scopes.includes(offlineAccess) || returning.client.refreshes,
  };
}

/**
 * The route that tokens are for (RFC 8707). A client that names none gets the only one there is.
 * @throws OauthError invalid_target
 */
export function routeOf(resource: string | undefined, routes: readonly AuthorizedRoute[]): AuthorizedRoute {
  if (resource === undefined) {
    const [only, ...others] = routes.filter(({ isOwn }) => isOwn !== true);
    if (only !== undefined && others.length === 0) return only;
    throw new OauthError("invalid_target", "resource is missing: name the URL of the server that the token is for");
  }
  const found = routes.find((route) => namesRoute(resource, route));
  if (found === undefined)
    throw new OauthError("invalid_target", "resource names no server whose tokens come from here");
  return found;
}

/** Clients add or drop the slash at the end of a URL. */
export function namesRoute(resource: string, { resource: own, audience }: AuthorizedRoute): boolean {
  const named = withoutCase(resource);
  return [own, audience].map(withoutCase).some((one) => named === one || named === `${one}/`);
}

/** Scheme and host have no case (RFC 3986 §6.2.2.1; MCP, authorization, "Canonical Server URI"). */
function withoutCase(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, (origin) => origin.toLowerCase());
}
