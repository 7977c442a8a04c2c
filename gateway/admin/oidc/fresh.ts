import type { JsonObject } from "../../lib/json.ts";

/** Both times are whole seconds. */
const roundingSeconds = 2;

/**
 * Whether the provider asked who it is after it was told to (`prompt=login`, `max_age=0`): OpenID Connect Core 1.0
 * §3.1.2.1 makes it say when, in `auth_time`. Compared with the ID token's own `iat`, which the same clock wrote, so that a
 * provider whose clock is off neither locks people out nor passes an old sign-in off as a new one.
 */
export function isFresh(claims: JsonObject, elapsedMs: number): boolean {
  const { auth_time: asked, iat } = claims;
  if (typeof asked !== "number" || typeof iat !== "number") return false;
  const ago = iat - asked;
  return ago >= -roundingSeconds && ago <= elapsedMs / 1000 + roundingSeconds;
}
