import { hash, timingSafeEqual } from "node:crypto";
import type { OAuthRequest, AuthorizeDeps } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import { isDocumentUrl } from "./client-document.ts";

interface Presented {
  readonly id: string;
  readonly secret: string | null;
}

type AuthenticateDeps = Pick<AuthorizeDeps, "settings" | "registered" | "clock" | "secret">;

/**
 * Which client asks at the token endpoint (RFC 6749 §3.2.1). A public client only says so: what it presents is bound to its id, and
 * it must hold the code's verifier or the refresh token. One that has a secret must prove it.
 * @throws OauthError invalid_client, invalid_request
 */
export async function authenticateClient(asked: OAuthRequest, deps: AuthenticateDeps): Promise<string> {
  const { id, secret } = presented(asked);
  const configured = deps.settings.clients.find((client) => client.id === id);
  if (configured !== undefined && configured.secretReference !== null) {
    if (secret === null || !equal(secret, deps.secret(configured.secretReference)))
      throw new OauthError("invalid_client", "the client's secret is missing or wrong");
    return id;
  }
  if (secret !== null) throw new OauthError("invalid_client", "this client has no secret here");
  if (configured !== undefined || (deps.settings.documents !== null && isDocumentUrl(id))) return id;
  if ((await deps.registered.get(id, deps.clock.now())) === null)
    throw new OauthError("invalid_client", "no client of this id is known here; register it anew");
  return id;
}

function presented({ parameters, request }: OAuthRequest): Presented {
  const header = request.header("authorization");
  const id = parameters.get("client_id") ?? null;
  const secret = parameters.get("client_secret") ?? null;
  if (header === null) {
    if (id === null) throw new OauthError("invalid_client", "client_id is missing");
    return { id, secret };
  }
  if (secret !== null) throw new OauthError("invalid_request", "the client's secret is given in two ways");
  const basic = readBasic(header);
  if (id !== null && id !== basic.id) throw new OauthError("invalid_request", "two clients are named");
  return basic;
}

/** Each part form-encoded before (RFC 6749 §2.3.1). */
function readBasic(header: string): Presented {
  const [, encoded = ""] = /^basic ([A-Za-z0-9+/]+=*)$/i.exec(header) ?? [];
  const text = Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 1) throw new OauthError("invalid_client", "the Authorization header is none of a client");
  try {
    const [id, secret] = [text.slice(0, colon), text.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replaceAll("+", "%20")),
    );
    return { id: id ?? "", secret: secret ?? "" };
  } catch {
    throw new OauthError("invalid_client", "the Authorization header is none of a client");
  }
}

/** Digests first: timingSafeEqual wants equal lengths. */
function equal(sent: string, expected: string): boolean {
  return timingSafeEqual(hash("sha256", sent, "buffer"), hash("sha256", expected, "buffer"));
}
