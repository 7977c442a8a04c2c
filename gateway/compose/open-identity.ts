import type { Config } from "../config/config.ts";
import type { Clock, Ids, Logger } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { type CertificateTrust, certificateTrust } from "../identify/certificate/trust.ts";
import { createIdentify, type Identify } from "../identify/create-identify.ts";
import { type ResourceMetadata, resourceMetadata } from "../identify/resource-metadata.ts";
import type { ListenerAddress } from "./listener-address.ts";

export interface Identity {
  readonly identify: Identify;
  /** What is published about the routes (RFC 9728). */
  readonly metadata: ResourceMetadata;
  /** Whose client certificates the TLS listener asks for. */
  readonly trust: CertificateTrust;
}

/** Who may call: identification, what it publishes about itself, and whom the TLS listener asks it about. */
export function openIdentity(
  config: Config,
  deps: { readonly clock: Clock; readonly ids: Ids; readonly logger: Logger; readonly address: ListenerAddress },
): Identity {
  const { clock, ids, logger, address } = deps;
  const { issuers, routes, secret } = config;
  const { tls, limits } = config.listeners.agents;
  const originOf = (route: Route) => publicOrigin(address.url, route);
  const trust = certificateTrust(issuers, tls?.clientCaFile ?? null, logger);
  const clientCertificates = tls?.requestClientCertificate === true;
  const metadata = resourceMetadata({ routes, issuers, originOf, clientCertificates });
  const maxProofs = limits.proofs;
  const identify = createIdentify({ clock, ids, logger, issuers, originOf, trust, metadata, secret, maxProofs });
  return { identify, metadata, trust };
}

/** A route with a host of its own is reached by that name, in the scheme of the listener. */
function publicOrigin(url: string | null, route: Route): string | null {
  if (url === null || route.host === "*") return url;
  return `${url.slice(0, url.indexOf("://"))}://${route.host}`;
}
