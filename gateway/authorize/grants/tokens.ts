import { hash } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import { vouchedAt } from "../../domain/authorization.ts";
import type { AuthorizationGrant } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { AuthorizeDeps } from "../deps.ts";

export type TokenDeps = Pick<AuthorizeDeps, "settings" | "store" | "keys" | "clock" | "ids">;

/** SHA-256, base64url: what is kept of every secret that is given out. */
export function digestOf(secret: string): string {
  return hash("sha256", secret, "base64url");
}

/** 256 random bits. */
export function freshSecret({ ids }: Pick<TokenDeps, "ids">): string {
  return ids.make("n") + ids.make("n");
}

export interface TokensWanted {
  readonly grant: AuthorizationGrant;
  /** Of the grant's, those that the person has today. */
  readonly roles: readonly string[];
  readonly refreshable: boolean;
}

/**
 * An access token, as RFC 9068 has it, and a refresh token where one is wanted; what is kept of them is on disk when it resolves.
 * @returns the body of the answer (RFC 6749 §5.1)
 */
export async function giveTokens({ grant, roles, refreshable }: TokensWanted, deps: TokenDeps): Promise<JsonObject> {
  const { settings, store, clock } = deps;
  const now = clock.now();
  const seconds = Math.floor(Math.min(settings.accessMs, grant.endsAt - now) / 1_000);
  const token = await signed(grant, roles, seconds, deps);
  const refresh = refreshable ? freshSecret(deps) : null;
  await store.atomically(async () => {
    await store.addAccess(grant.id, { digest: digestOf(token), expiresAt: now + seconds * 1_000 });
    if (refresh === null) return;
    const expiresAt = Math.min(now + settings.refresh.idleMs, grant.endsAt);
    await store.addRefresh(grant.id, { digest: digestOf(refresh), expiresAt });
  });
  return {
    access_token: token,
    token_type: grant.jkt === null ? "Bearer" : "DPoP",
    expires_in: seconds,
    scope: scopeOf(roles),
    ...(refresh === null ? {} : { refresh_token: refresh }),
  };
}

/** Every role is a scope of its own name. */
function scopeOf(roles: readonly string[]): string {
  return roles.join(" ");
}

async function signed(
  grant: AuthorizationGrant,
  roles: readonly string[],
  seconds: number,
  { settings, keys, clock, ids }: TokenDeps,
): Promise<string> {
  const { person, audience, client, jkt } = grant;
  const { privateKey, kid } = await keys.current();
  const iat = Math.floor(clock.now() / 1_000);
  const payload = {
    iss: settings.issuer,
    sub: person.subject,
    aud: audience,
    client_id: client.id,
    jti: ids.make("j"),
    iat,
    exp: iat + seconds,
    auth_time: Math.floor(vouchedAt(grant) / 1_000),
    scope: scopeOf(roles),
    roles,
    name: person.name,
    ...(jkt === null ? {} : { cnf: { jkt } }),
  };
  return jsonwebtoken.sign(JSON.stringify(payload), privateKey, {
    algorithm: "ES256",
    header: { alg: "ES256", typ: "at+jwt", kid },
  });
}
