import type { AuthorizeDeps } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import { ClientDocuments, isDocumentUrl } from "./client-document.ts";
import type { KnownClient } from "./known-client.ts";

type FindDeps = Pick<AuthorizeDeps, "settings" | "registered" | "fetchDocument" | "clock" | "logger">;

/** @throws OauthError invalid_client, temporarily_unavailable */
export type FindClient = (id: string, asker: string) => Promise<KnownClient>;

/** Clients by their id: of the configuration, by the document that the id is the URL of, or by themselves. */
export function clientFinder(deps: FindDeps): FindClient {
  const { settings, registered, clock, logger } = deps;
  const configured = new Map(settings.clients.map((client) => [client.id, client]));
  const documents =
    settings.documents === null ? null : new ClientDocuments({ fetch: deps.fetchDocument, clock, logger });
  return async function findClient(id, asker) {
    const known = configured.get(id);
    if (known !== undefined) return { ...known, kind: "configured", refreshes: true };
    if (documents !== null && isDocumentUrl(id)) return documents.get(id, asker);
    const now = clock.now();
    const own = settings.registration === null ? null : await registered.get(id, now);
    if (own === null) throw new OauthError("invalid_client", "no client of this id is known here");
    const { name, redirectUris, grantTypes } = own;
    const refreshes = grantTypes.includes("refresh_token");
    return { id, name, kind: "registered", redirectUris, refreshes, secretReference: null };
  };
}
