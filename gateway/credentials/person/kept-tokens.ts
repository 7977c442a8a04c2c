import { CredentialFailure } from "../../domain/credential.ts";
import type { PersonCredential } from "../../domain/person-credential.ts";
import type { Clock, ConnectedAccountStore, Ids, Logger, SealedAccount } from "../../domain/ports.ts";
import { isJsonObject } from "../../lib/json.ts";
import { KeptValues } from "../kept.ts";
import type { PersonServer, PersonTokens } from "./authorization-server.ts";
import type { Sealing } from "./sealing.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** What is sealed of one connection. */
export interface KeptTokens {
  readonly refreshToken: string | null;
  /** Kept where there is no refresh token, and to be revoked. */
  readonly accessToken: string | null;
  /** Of the access token, in milliseconds since the epoch; null: not said. */
  readonly expiresAt: number | null;
}

export interface AccessToken {
  readonly text: string;
  /** Milliseconds since the epoch; null: not said. */
  readonly expiresAt: number | null;
  readonly scopes: readonly string[] | null;
}

/** As narrow as policy says; null: as consented. */
export interface TokenWish {
  readonly scopes: readonly string[] | null;
  readonly ttlMs: number | null;
}

export interface AccessTokensDeps {
  readonly server: PersonServer;
  readonly store: ConnectedAccountStore;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Whom a row belongs to: what is sealed of it opens nowhere else. */
export function aboutRow({ account, credential }: Pick<SealedAccount, "account" | "credential">): string {
  return JSON.stringify([account, credential]);
}

export function keptText(kept: KeptTokens): string {
  return JSON.stringify(kept);
}

/** @throws CredentialFailure */
export function keptIn(text: string): KeptTokens {
  const read: unknown = parseJson(text);
  if (!isJsonObject(read)) throw new CredentialFailure("misconfigured", "what is kept of an account cannot be read");
  const { refreshToken, accessToken, expiresAt } = read;
  return {
    refreshToken: typeof refreshToken === "string" ? refreshToken : null,
    accessToken: typeof accessToken === "string" ? accessToken : null,
    expiresAt: typeof expiresAt === "number" ? expiresAt : null,
  };
}

/** Where the server does not say how long a token is good, it is asked for another this often. */
const unsaidMs = 5 * 60_000;
const busyPauseMs = 50;
const capacity = 10_000;

/**
 * Access tokens of people, in memory, made from what is sealed in the store. A refresh is made once at a time for each connection, by
 * one process of all that share the store: a refresh token that is used twice is taken for a stolen one (RFC 9700 §4.14.2).
 */
export class AccessTokens {
  readonly #credential: PersonCredential;
  readonly #deps: AccessTokensDeps;
  readonly #kept: KeptValues<AccessToken | null>;
  readonly #process: string;

  constructor(credential: PersonCredential, deps: AccessTokensDeps) {
    this.#credential = credential;
    this.#deps = deps;
    this.#kept = new KeptValues({ clock: deps.clock, capacity });
    this.#process = deps.ids.make("p");
  }

  /** Null when the connection is over. @throws CredentialFailure */
  get(connected: SealedAccount, wish: TokenWish): Promise<AccessToken | null> {
    return this.#kept.get(keyOf(connected, wish), () => this.#obtain(connected, wish));
  }

  /** The first token, which came with the consent. */
  keep(connected: Pick<SealedAccount, "id">, tokens: PersonTokens): void {
    const wish = { scopes: null, ttlMs: null };
    this.#kept.put(keyOf(connected, wish), this.#accessOf(tokens), this.#forMs(tokens.expiresInS, null));
  }

  /** The tool server did not accept it. */
  forget(connected: Pick<SealedAccount, "id">, wish: TokenWish): void {
    this.#kept.forget(keyOf(connected, wish));
  }

  async #obtain(connected: SealedAccount, wish: TokenWish): Promise<{ value: AccessToken | null; forMs: number }> {
    const kept = this.#open(connected);
    if (kept === null) return { value: null, forMs: 0 };
    if (kept.refreshToken !== null) return this.#refreshed(connected, wish);
    if (wish.scopes !== null)
      throw new CredentialFailure("refused", `${this.#credential.label} gave a token that cannot be narrowed`);
    return this.#lasting(connected, kept);
  }

  /** A token without a refresh token is used until it ends. */
  async #lasting(
    { id }: SealedAccount,
    { accessToken, expiresAt }: KeptTokens,
  ): Promise<{ value: AccessToken | null; forMs: number }> {
    const left = (expiresAt ?? Infinity) - this.#deps.clock.now();
    if (accessToken !== null && left > 0)
      return { value: { text: accessToken, expiresAt, scopes: null }, forMs: Math.min(left, unsaidMs) };
    await this.#ended(id, "its token has expired, and there is no refresh token");
    return { value: null, forMs: 0 };
  }

  async #refreshed(
    connected: SealedAccount,
    { scopes, ttlMs }: TokenWish,
  ): Promise<{ value: AccessToken | null; forMs: number }> {
    const claimed = await this.#claim(connected);
    const kept = claimed === null ? null : this.#open(claimed);
    if (claimed === null || kept === null || kept.refreshToken === null) return { value: null, forMs: 0 };
    const tokens = await this.#ask(claimed, kept.refreshToken, scopes);
    if (tokens === null || !(await this.#renew(claimed, kept, tokens))) return { value: null, forMs: 0 };
    return { value: this.#accessOf(tokens), forMs: this.#forMs(tokens.expiresInS, ttlMs) };
  }

  /** Null when the connection is over, also because the server no longer takes what is kept. */
  async #ask(claimed: SealedAccount, refreshToken: string, scopes: TokenWish["scopes"]): Promise<PersonTokens | null> {
    const { server, store } = this.#deps;
    try {
      const tokens = await server.refresh(refreshToken, scopes);
      if (tokens !== null) return tokens;
    } catch (failure) {
      await store.release(claimed.id, this.#process);
      throw failure;
    }
    await this.#ended(claimed.id, "its refresh token is no longer taken");
    return null;
  }

  /** False when the person disconnected meanwhile; what came is revoked then. */
  async #renew(claimed: SealedAccount, before: KeptTokens, tokens: PersonTokens): Promise<boolean> {
    const { store, sealing, clock } = this.#deps;
    const refreshToken = tokens.refreshToken ?? before.refreshToken;
    const sealed = sealing.seal(keptText({ ...before, refreshToken }), aboutRow(claimed));
    if (await store.renew(claimed.id, this.#process, sealed, this.#accessOf(tokens).expiresAt)) return true;
    const late = keptText({ refreshToken, accessToken: tokens.accessToken, expiresAt: null });
    const { account, credential } = claimed;
    await store.owe({ account, credential, sealed: sealing.seal(late, aboutRow(claimed)), since: clock.now() });
    return false;
  }

  /** Waits for another process that renews it now. @throws CredentialFailure */
  async #claim({ id }: SealedAccount): Promise<SealedAccount | null> {
    const { store, clock } = this.#deps;
    const { client, label } = this.#credential;
    // Metadata, then the tokens.
    const longestMs = 2 * client.timeoutMs + 5_000;
    const until = clock.monotonic() + longestMs;
    for (;;) {
      const now = clock.now();
      const claimed = await store.claim(id, { by: this.#process, now, until: now + longestMs });
      if (claimed !== "busy") return claimed;
      if (clock.monotonic() > until)
        throw new CredentialFailure("unreachable", `${label}: another process has been renewing this account too long`);
      await new Promise((done) => setTimeout(done, busyPauseMs));
    }
  }

  async #ended(id: string, reason: string): Promise<void> {
    const { store, clock, logger } = this.#deps;
    await store.end(id, { why: "refused", reason: null, at: clock.now() });
    logger.warn("an account that a person connected can no longer be used; they have to connect it again", {
      credential: this.#credential.name,
      connection: id,
      reason,
    });
  }

  #open(connected: SealedAccount): KeptTokens | null {
    if (connected.sealed === null) return null;
    return keptIn(this.#deps.sealing.open(connected.sealed, aboutRow(connected)));
  }

  #accessOf({ accessToken, expiresInS, scopes }: PersonTokens): AccessToken {
    const expiresAt = expiresInS === null ? null : this.#deps.clock.now() + expiresInS * 1_000;
    return { text: accessToken, expiresAt, scopes };
  }

  /** For five sixths of its time, so that a call that begins with it can end with it. */
  #forMs(expiresInS: number | null, ttlMs: number | null): number {
    const own = expiresInS === null ? unsaidMs : (expiresInS * 5_000) / 6;
    return Math.min(own, ttlMs ?? Infinity);
  }
}

function keyOf({ id }: Pick<SealedAccount, "id">, { scopes, ttlMs }: TokenWish): string {
  return JSON.stringify([id, scopes, ttlMs]);
}
