import type { AuthorizeDeps } from "../deps.ts";

export type EndDeps = Pick<AuthorizeDeps, "settings" | "store" | "revocations" | "clock" | "logger">;

/**
 * Ends a grant: its codes and refresh tokens are void, and each of its access tokens that is still good is revoked, so that calls
 * and streams under way with it end too.
 */
export async function endGrant(id: string, why: { reason: string; by: string }, deps: EndDeps): Promise<void> {
  const { settings, store, revocations, clock, logger } = deps;
  const tokens = await store.endGrant(id, clock.now());
  logger.info("authorize: a grant has ended", { grant: id, ...why, tokens: tokens.length });
  await Promise.all(
    tokens.map(({ digest, expiresAt }) =>
      revocations.revoke({
        kind: "token",
        issuer: settings.issuer,
        target: digest,
        ...why,
        // Longer than any clock's skew: after that the token is refused for its age.
        until: expiresAt + 60_000,
      }),
    ),
  );
}
