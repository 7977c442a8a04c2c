import type { Draft, RouteValues } from "./draft.ts";
import type { ConfigValues } from "./schema.ts";

/** By this id the configuration names the gateway as one of those who give tokens. */
export const ownIssuerId = "gateway";

/** Ids of whoever gives tokens that count here: the issuers, and the gateway itself where it is an authorization server. */
export function tokenGivers({
  issuerIds,
  hasAuthorization,
}: Pick<Draft, "issuerIds" | "hasAuthorization">): readonly string[] {
  return hasAuthorization ? [...issuerIds, ownIssuerId] : issuerIds;
}

/** Every role that somebody may get, in alphabetical order. */
export function rolesOf({ authorization, listeners }: Pick<ConfigValues, "authorization" | "listeners">): string[] {
  if (authorization === undefined) return [];
  const users = listeners.console.login?.users ?? [];
  const mapped =
    authorization.roles === undefined ? users.map(({ roles }) => roles) : Object.values(authorization.roles);
  return [...new Set(mapped.flat())].toSorted();
}

/** Whether tokens of this route come from the gateway itself. */
export function isAuthorizedHere({ authorization, protocol }: RouteValues, configured: boolean): boolean {
  return configured && (authorization ?? (protocol === "mcp" ? "gateway" : "external")) === "gateway";
}
