import { isLoopbackRedirect } from "../lib/redirect-uri.ts";
import type { Returning } from "./authorization-request.ts";
import { type Answer, redirectAnswer } from "./deps.ts";
import { OauthError } from "./oauth-error.ts";
import { errorPage, returnPage } from "./pages/error-page.ts";

/** The client's address with the answer behind it, which says whose answer it is (RFC 9207). */
export function returnLocation(
  { redirectUri, state }: Pick<Returning, "redirectUri" | "state">,
  issuer: string,
  answer: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams({ ...answer, ...(state === null ? {} : { state }), iss: issuer }).toString();
  // The address stays as it was registered: a URL object would write it anew.
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${query}`;
}

/** Tells the client why not, in the person's browser. What is no fault of the request stays on the page. */
export function tellClient(returning: Returning, issuer: string, thrown: unknown): Answer {
  if (!(thrown instanceof OauthError)) return errorPage(thrown);
  const answer = { error: thrown.code, error_description: thrown.message };
  const location = returnLocation(returning, issuer, answer);
  const { client, redirectUri } = returning;
  const vouched = client.kind === "configured" || isLoopbackRedirect(redirectUri);
  return vouched ? redirectAnswer(location) : returnPage(thrown, location);
}
