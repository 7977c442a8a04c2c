import { hash } from "node:crypto";
import type { Socket } from "node:net";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import { principalKey } from "../../domain/subject.ts";
import { callerAddress } from "../../lib/caller-address.ts";
import { oncePer } from "../../lib/caches.ts";
import { readCredential } from "../credential.ts";
import { type VerifiedToken, type VerifyDeps, verifyToken } from "./verify-token.ts";

/** Verifies the token of an Authorization header for a route; a known token is answered for at once. */
export type TokenVerifier = (socket: Socket, header: string, route: Route) => VerifiedToken | Promise<VerifiedToken>;

const maxTokens = 10_000;

/**
 * A verifier that remembers what it verified. What each call must prove (DPoP, client certificate) is not part of it.
 * @throws Refusal credential_*, token_*, keys_unavailable, introspection_unavailable (by the verifier)
 */
export function createTokenVerifier(deps: VerifyDeps): TokenVerifier {
  const cache = createTokenCache(maxTokens, deps.clock);
  const keyOf = createKeyOf();

  async function verify(key: string, header: string, route: Route, socket: Socket): Promise<VerifiedToken> {
    const sent = { ...readCredential(header), address: callerAddress(socket.remoteAddress) };
    const verified = await verifyToken(sent, route, deps);
    cache.set(key, verified);
    return verified;
  }

  return function verified(socket, header, route) {
    const key = keyOf(socket, route, header);
    return cache.get(key) ?? verify(key, header, route, socket);
  };
}

export interface TokenCache {
  /** Null when the token is not known, or must be verified again: time, key or issuer's answer have changed. */
  get(key: string): VerifiedToken | null;
  set(key: string, verified: VerifiedToken): void;
}

/** At most `max` tokens, with a share for each subject; the oldest goes first. */
export function createTokenCache(max: number, clock: Clock): TokenCache {
  const entries = new FairShare<VerifiedToken>({ capacity: max, perAsker: Math.ceil(max / 10), clock, full: "forget" });
  return {
    get(key) {
      const verified = entries.get(key);
      if (verified === undefined) return null;
      if (verified.holds(clock.now())) return verified;
      entries.delete(key);
      return null;
    },
    set(key, verified) {
      entries.set(principalKey(verified.subject), key, verified);
    },
  };
}

interface LastSent {
  readonly header: string;
  readonly scope: string;
  readonly key: string;
}

/**
 * Makes cache keys: the route's scope and the header's SHA-256, base64url. A caller sends the same header again on its
 * connection, so the last key is kept with the connection; beyond that no token is kept as text.
 */
function createKeyOf(): (connection: object, route: Route, header: string) => string {
  const lastSent = new WeakMap<object, LastSent>();
  /** All that a verification depends on besides the token: on another route the same token is verified anew. */
  const scopeOf = oncePer(({ audience, issuers }: Route) =>
    hash("sha256", JSON.stringify([audience, issuers]), "base64url"),
  );
  return function keyOf(connection, route, header) {
    const scope = scopeOf(route);
    const last = lastSent.get(connection);
    if (last?.header === header && last.scope === scope) return last.key;
    const key = scope + hash("sha256", header, "base64url");
    lastSent.set(connection, { header, scope, key });
    return key;
  };
}
