import type { Account, AccountStore } from "../../domain/account.ts";
import type { PersonCredential } from "../../domain/person-credential.ts";
import type { Clock, ConnectedAccount, ConnectedAccountStore, Logger, OwedRevocation } from "../../domain/ports.ts";
import { noAccess, type Revocable, type Revocation } from "../../domain/revocation.ts";
import { cutDisconnected, type DisconnectingDeps, gatewayItself } from "./disconnecting.ts";
import type { PersonServer } from "./authorization-server.ts";
import { aboutRow, type KeptTokens, keptIn } from "./kept-tokens.ts";
import type { Sealing } from "./sealing.ts";

export interface EndingsDeps extends Omit<DisconnectingDeps, "accounts"> {
  readonly store: ConnectedAccountStore;
  readonly sealing: Sealing;
  readonly accounts: Pick<AccountStore, "get" | "list">;
  readonly revocations: { against(call: Revocable): Revocation | null };
  readonly clock: Clock;
  readonly logger: Logger;
  /** The credentials of people, by name, with the server of each. */
  readonly servers: ReadonlyMap<string, { readonly credential: PersonCredential; readonly server: PersonServer }>;
}

const batch = 50;
const accountRemoved = "the person's account was removed";
const accessRevoked = "the person's access was revoked";
/** A revocation that an authorization server has not accepted for this long is given up. */
const giveUpMs = 7 * 24 * 60 * 60_000;

/**
 * Upkeep of connected accounts that needs no action of their person. Ends those of people who left, or whose access was revoked for
 * good; revokes the tokens of ended ones at their authorization server (RFC 7009), repeatedly while it is down; seals with the current
 * key what an earlier key sealed.
 */
export class PersonEndings {
  readonly #deps: EndingsDeps;

  constructor(deps: EndingsDeps) {
    this.#deps = deps;
  }

  /** All of it, once. @throws what the store throws */
  async sweep(): Promise<void> {
    await this.endLeft();
    await this.revokeOwed();
    await this.sealAnew();
  }

  /** Ends the connections of people who are gone, and of those whose access was revoked for good. */
  async endLeft(): Promise<void> {
    const { store, accounts, logger } = this.#deps;
    const all = await store.all();
    const people = new Map((all.length === 0 ? [] : await accounts.list()).map((one) => [one.id, one]));
    for (const connected of all) {
      const reason = await this.#endOne(connected, people.get(connected.account));
      if (reason === null) continue;
      const { account, credential } = connected;
      logger.warn("an account that a person connected was ended with their access", { credential, account });
      await cutDisconnected(this.#deps, connected, { by: gatewayItself, reason });
    }
  }

  /** Ends the account where it must end. @returns the reason; null when it goes on, or another process ended it */
  async #endOne({ id, credential, ended }: ConnectedAccount, person: Account | undefined): Promise<string | null> {
    const { store, clock } = this.#deps;
    const at = clock.now();
    if (person === undefined) return (await store.remove(id, at)) ? accountRemoved : null;
    if (ended !== null || !this.#isRevokedForGood(person, credential)) return null;
    return (await store.end(id, { why: "ended", reason: null, at })) ? accessRevoked : null;
  }

  /** Sends the revocations that are due to the authorization servers; the pause before each further try is longer. */
  async revokeOwed(): Promise<void> {
    const { store, clock } = this.#deps;
    for (const owed of await store.takeOwed(clock.now(), { firstMs: 5_000, longestMs: 60 * 60_000 }, batch)) {
      if (await this.#revoke(owed)) await store.settle(owed.id);
    }
  }

  async sealAnew(): Promise<void> {
    const { store, sealing, logger } = this.#deps;
    for (const connected of await store.sealedOtherwise(sealing.current, batch)) {
      const { id, sealed } = connected;
      if (sealed === null) continue;
      try {
        const after = sealing.seal(sealing.open(sealed, aboutRow(connected)), aboutRow(connected));
        await store.reseal(id, sealed, after);
      } catch (failure) {
        logger.warn("an account that a person connected cannot be sealed anew", { error: (failure as Error).message });
      }
    }
  }

  /** One that ends by itself is not for good: the person is back then, with their accounts. */
  #isRevokedForGood({ name, provider }: Account, credential: string): boolean {
    const names = provider === null ? [name] : [name, provider.subject];
    const issuers = [...(this.#deps.servers.get(credential)?.credential.trustedIssuers ?? [])];
    return names.some((subject) =>
      issuers.some((issuer) => {
        const found = this.#deps.revocations.against({ ...noAccess, issuer, subject });
        // One that is meant for earlier tokens lets the person go on with new ones.
        return found?.kind === "subject" && found.until === null && (found.before ?? null) === null;
      }),
    );
  }

  /** Whether it is settled: revoked, or given up. */
  async #revoke(owed: OwedRevocation): Promise<boolean> {
    const { sealing, clock, logger, servers } = this.#deps;
    const { credential, account, since, tries } = owed;
    const known = servers.get(credential);
    try {
      const kept = keptIn(sealing.open(owed.sealed, aboutRow(owed)));
      const revoked = known !== undefined && (await revokeAll(known.server, kept));
      if (!revoked)
        logger.warn(
          "the tokens of a disconnected account were not revoked: its authorization server takes no revocation",
          {
            credential,
            account,
          },
        );
      return true;
    } catch (failure) {
      const error = (failure as Error).message;
      const isOver = clock.now() - since > giveUpMs;
      const message = isOver
        ? "the tokens of a disconnected account could not be revoked, which is given up now"
        : "the tokens of a disconnected account cannot be revoked yet; it is tried again";
      if (isOver || tries <= 1) logger.warn(message, { credential, account, error });
      return isOver;
    }
  }
}

/** RFC 7009 §2.1: a server may end the access tokens with the refresh token, and need not. */
async function revokeAll(server: PersonServer, { refreshToken, accessToken }: KeptTokens): Promise<boolean> {
  const isRefreshRevoked = refreshToken === null || (await server.revoke(refreshToken, "refresh_token"));
  return (accessToken === null || (await server.revoke(accessToken, "access_token"))) && isRefreshRevoked;
}
