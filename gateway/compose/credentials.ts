import type { Credential } from "../act/forward/credentials.ts";
import type { Config } from "../config/config.ts";

export interface Credentials {
  /** By the name that an obligation gives; null when there is none. */
  readonly byName: (name: string) => Credential | null;
  /** The one that a route always sends, by the route's id; null when it sends none. */
  readonly ofRoute: (routeId: string) => Credential | null;
}

/** Secrets are read when the gateway starts, so that a missing one stops the start and not a call. @throws Error */
export function readCredentials(config: Config): Credentials {
  const byName = new Map<string, Credential>();
  for (const [name, { header, prefix, reference }] of config.credentials)
    byName.set(name, { header, value: `${prefix}${config.secret(reference)}` });
  const byRoute = new Map(config.routes.map((route) => [route.id, byName.get(route.credential ?? "") ?? null]));
  return {
    byName: (name) => byName.get(name) ?? null,
    ofRoute: (routeId) => byRoute.get(routeId) ?? null,
  };
}
