import { CredentialFailure, type CredentialPlace } from "../../domain/credential.ts";
import type { Clock, CredentialWish } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";
import { userOf } from "../user-of.ts";
import { atPlace } from "../place.ts";
import type { AuthorizationServer, GrantedToken } from "./server.ts";
import type { Token, TokenWish } from "./token-cache.ts";

/**
 * The scope to ask for: what policy says, which has to lie within what is configured, else what is configured.
 * @throws CredentialFailure naming a scope that is not configured
 */
export function scopeFor({ scope }: Pick<CredentialWish, "scope">, configured: readonly string[]): readonly string[] {
  if (scope === null) return configured;
  const other = configured.length === 0 ? undefined : scope.find((one) => !configured.includes(one));
  if (other !== undefined)
    throw new CredentialFailure("misconfigured", `policy asks for the scope ${other}, which is not among \`scopes\``);
  return scope;
}

/** Parameters of a request, without those that are null or empty. */
export function parametersOf(known: Readonly<Record<string, string | readonly string[] | null>>): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(known)) {
    const text = typeof value === "string" ? value : (value ?? []).join(" ");
    if (text !== "") parameters.set(name, text);
  }
  return parameters;
}

export interface GrantUse {
  readonly server: AuthorizationServer;
  readonly place: CredentialPlace;
  readonly clock: Pick<Clock, "now">;
  /** Longest use; null: as long as it lives. */
  readonly mostMs: number | null;
}

/** An access token as a credential. @throws CredentialFailure when it is none */
export function tokenOf({ token, type, lifetimeMs, scope }: GrantedToken, use: GrantUse): Token {
  const { server, place, clock, mostMs } = use;
  if (type !== "bearer") throw new CredentialFailure("misconfigured", `${server.issuer} gave what is no access token`);
  const usedMs = Math.min(lifetimeMs, mostMs ?? lifetimeMs);
  const expiresAt = clock.now() + usedMs;
  return {
    made: { inject: [atPlace(place, token)], secrets: [token], expiresAt, scope },
    lifetimeMs: usedMs,
    void: () => server.revoke(token),
  };
}

/** Who a token is for, which no two callers share. */
export function ofCaller(wish: CredentialWish, about: readonly unknown[]): TokenWish {
  const { subject } = wish;
  const { actingFor, actorChain } = subject;
  const asker = principalKey(subject);
  return {
    key: JSON.stringify([asker, actingFor?.id ?? null, actorChain, ...about]),
    asker,
    user: userOf(wish),
  };
}
