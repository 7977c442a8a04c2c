import type { Route } from "../domain/route.ts";
import type { TrustedIssuer } from "../domain/trusted-issuer.ts";

export interface ResourceMetadataOptions {
  readonly routes: readonly Route[];
  readonly issuers: readonly TrustedIssuer[];
  readonly originOf: (route: Route) => string | null;
  /** The listener asks callers for certificates. */
  readonly clientCertificates: boolean;
}

export interface ResourceMetadata {
  /** URL of a route's document; null for routes that publish none. */
  urlOf(route: Route): string | null;
  /** The document at this path of this host; null when there is none. */
  find(host: string, path: string): object | null;
}

const wellKnown = "/.well-known/oauth-protected-resource";

/** Protected-resource metadata (RFC 9728) of MCP routes, from which MCP clients learn where to get a token. */
export function resourceMetadata(options: ResourceMetadataOptions): ResourceMetadata {
  const published = options.routes.filter((route) => route.protocol === "mcp");
  return {
    urlOf(route) {
      const origin = options.originOf(route);
      return route.protocol === "mcp" && origin !== null ? `${origin}${pathOf(route)}` : null;
    },
    find(host, path) {
      const here = published.filter(
        (route) => pathOf(route) === path || (path === wellKnown && isAlone(route, published)),
      );
      const route = here.find((one) => one.host === host) ?? here.find((one) => one.host === "*");
      return route === undefined ? null : documentOf(route, options);
    },
  };
}

/** Some clients look at the root alone: there it can only be the document of a route that has the host for itself. */
function isAlone(route: Route, published: readonly Route[]): boolean {
  return published.every((other) => other === route || (other.host !== route.host && other.host !== "*"));
}

/** RFC 9728 §3.1: the well-known part stands between host and path. */
function pathOf({ prefix }: Route): string {
  return prefix === "/" ? wellKnown : `${wellKnown}${prefix}`;
}

function documentOf(route: Route, { issuers, originOf, clientCertificates }: ResourceMetadataOptions): object | null {
  const origin = originOf(route);
  if (origin === null) return null;
  const trusted = issuers.filter((issuer) => route.issuers.includes(issuer.trust));
  const own = trusted.filter(({ keys }) => keys.kind === "own");
  // Where the gateway gives out tokens itself, clients are to find that and nothing else.
  const servers = (own.length > 0 ? own : trusted.filter(isAuthorizationServer)).map(({ issuer }) => issuer);
  const algorithms = proofAlgorithms(route, issuers);
  return {
    // §3.3: exactly the identifier that the document's own URL was made from, else clients must not use it.
    resource: route.prefix === "/" ? origin : `${origin}${route.prefix}`,
    resource_name: route.server,
    ...(servers.length === 0 ? {} : { authorization_servers: [...new Set(servers)] }),
    ...(route.scopes.length === 0 ? {} : { scopes_supported: route.scopes }),
    bearer_methods_supported: ["header"],
    ...(algorithms.length === 0 ? {} : { dpop_signing_alg_values_supported: algorithms }),
    // Where certificates are accepted, they are another way to bind a token.
    ...(route.proof?.required === true && !clientCertificates ? { dpop_bound_access_tokens_required: true } : {}),
    ...(clientCertificates ? { tls_client_certificate_bound_access_tokens: true } : {}),
  };
}

/** Development issuers and trust domains have no URL to get a token from. */
function isAuthorizationServer({ kind, development, issuer }: TrustedIssuer): boolean {
  return (kind === "jwt" || kind === "introspection") && !development && /^https?:\/\//.test(issuer);
}

/** Signature algorithms of DPoP proofs that every token issuer of the route accepts. */
export function proofAlgorithms(route: Route, issuers: readonly TrustedIssuer[]): readonly string[] {
  const lists = issuers
    .filter(({ trust, kind }) => route.issuers.includes(trust) && kind !== "spiffe-x509")
    .map(({ dpop }) => dpop.algorithms);
  const [first = [], ...others] = lists;
  return first.filter((algorithm) => others.every((list) => list.includes(algorithm)));
}
