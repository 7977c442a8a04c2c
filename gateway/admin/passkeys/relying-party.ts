import { isIP } from "node:net";
import type { Origins } from "../origins.ts";

/** Whom passkeys are for: the host name they are bound to, and the origins that may ask for them. */
export interface RelyingParty {
  readonly id: string;
  readonly origins: readonly string[];
}

/**
 * The console's host. On loopback that is `localhost`, since an address cannot have passkeys
 * (https://www.w3.org/TR/webauthn-3/#rp-id); null when the console has no name at all.
 */
export function relyingParty(publicUrl: string, { origins }: Origins): RelyingParty | null {
  const named = [...origins].filter((origin) => isIP(new URL(origin).hostname.replace(/^\[|\]$/g, "")) === 0);
  const host = new URL(named.find((origin) => origin === new URL(publicUrl).origin) ?? named[0] ?? publicUrl).hostname;
  return named.length === 0 ? null : { id: host, origins: named };
}
