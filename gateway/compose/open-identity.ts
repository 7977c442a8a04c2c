import type { Config } from "../config/config.ts";
import type { Clock, Ids, Logger } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { certificateTrust } from "../identify/certificate/trust.ts";
import { createIdentify } from "../identify/create-identify.ts";
import { resourceMetadata } from "../identify/resource-metadata.ts";

/** Who may call: identification, what it publishes about itself, and whom the TLS listener asks it about. */
export function openIdentity(
  config: Config,
  around: { readonly clock: Clock; readonly ids: Ids; readonly logger: Logger },
) {
  const { issuers, routes, secret } = config;
  const { tls, limits, publicUrl } = config.listeners.agents;
  const listener = { url: publicUrl };
  const originOf = (route: Route) => publicOrigin(listener.url, route);
  const trust = certificateTrust(issuers, tls?.clientCaFile ?? null, around.logger);
  const clientCertificates = tls?.requestClientCertificate === true;
  const metadata = resourceMetadata({ routes, issuers, originOf, clientCertificates });
  return {
    identify: createIdentify({ ...around, issuers, originOf, trust, metadata, secret, maxProofs: limits.proofs }),
    metadata,
    trust,
    /** For a listener on any free port, whose address is only known once it is bound. */
    knownAs(url: string): void {
      listener.url ??= url;
    },
  };
}

/** A route with a host of its own is reached by that name, in the scheme of the listener. */
function publicOrigin(url: string | null, route: Route): string | null {
  if (url === null || route.host === "*") return url;
  return `${url.slice(0, url.indexOf("://"))}://${route.host}`;
}
