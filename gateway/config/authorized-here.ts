import type { RouteValues } from "./draft.ts";
import type { ConfigValues } from "./schema.ts";

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
