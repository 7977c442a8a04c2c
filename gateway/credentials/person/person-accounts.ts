import { CredentialFailure } from "../../domain/credential.ts";
import { Refusal } from "../../domain/errors.ts";
import type { ConnectedAccountSettings, PersonCredential } from "../../domain/person-credential.ts";
import type { AccountStore } from "../../domain/account.ts";
import type {
  ConnectableAccount,
  ConnectedAccount,
  ConnectedAccounts,
  ConnectedAccountStore,
  CredentialProvider,
  CredentialWish,
  EndedEverywhere,
  MadeCredential,
  PersonConnection,
} from "../../domain/ports.ts";
import type { Revocable, Revocation } from "../../domain/revocation.ts";
import type { OauthDeps } from "../oauth/server.ts";
import { atPlace } from "../place.ts";
import { PersonServer, type PersonTokens } from "./authorization-server.ts";
import { Consents } from "./consent.ts";
import { cutDisconnected, type Disconnected, type DisconnectingDeps, gatewayItself } from "./disconnecting.ts";
import { PersonEndings } from "./endings.ts";
import { AccessTokens, aboutRow, keptText } from "./kept-tokens.ts";
import { Sealing } from "./sealing.ts";
import { accountOf } from "./which-account.ts";

export interface PersonAccountsDeps extends OauthDeps, Omit<DisconnectingDeps, "accounts"> {
  readonly settings: ConnectedAccountSettings;
  readonly store: ConnectedAccountStore;
  readonly accounts: Pick<AccountStore, "get" | "list" | "named">;
  readonly revocations: { against(call: Revocable): Revocation | null };
  /** scheme://host[:port] of the console; null while it is not known. */
  readonly consoleUrl: () => string | null;
}

interface Kind {
  readonly credential: PersonCredential;
  readonly server: PersonServer;
  readonly tokens: AccessTokens;
}

/** Uses are noted at most this often: each is a write. */
const noteEveryMs = 60_000;

/** The accounts that people have connected: used for the calls that are made for them, and managed by them in the console. */
export class PersonAccounts implements ConnectedAccounts {
  readonly #deps: PersonAccountsDeps;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #sealing: Sealing;
  readonly #consents: Consents;
  readonly #endings: PersonEndings;
  readonly #noted = new Map<string, number>();

  /** @throws Error when a sealing key cannot be read or is none */
  constructor(credentials: readonly PersonCredential[], deps: PersonAccountsDeps) {
    const { settings, secret, ids } = deps;
    const keys = new Map([...settings.keys].map(([id, reference]) => [id, secret(reference)]));
    this.#deps = deps;
    this.#sealing = new Sealing({ keys, sealWith: settings.sealWith, ids });
    this.#kinds = new Map(credentials.map((credential) => [credential.name, this.#kindOf(credential)]));
    this.#consents = new Consents(deps);
    this.#endings = new PersonEndings({ ...deps, sealing: this.#sealing, servers: this.#kinds });
  }

  /** The credential of this name. */
  provider(name: string): CredentialProvider {
    return { obtain: (wish) => this.#obtain(this.#kind(name), wish) };
  }

  /** Work that nobody waits for. @throws what the store throws */
  sweep(): Promise<void> {
    return this.#endings.sweep();
  }

  async list(account: string): Promise<ConnectableAccount[]> {
    const connected = new Map((await this.#deps.store.of(account)).map((one) => [one.credential, one]));
    return [...this.#kinds.values()].map(({ credential: { name, label, scopes } }) => {
      const { account: _account, credential: _credential, ...known } = connected.get(name) ?? {};
      return { name, label, scopes, connected: "id" in known ? known : null };
    });
  }

  async begin(account: string, name: string): Promise<{ readonly location: string }> {
    const { credential, server } = this.#kind(name);
    return { location: await this.#consents.begin(account, credential, server) };
  }

  async finish(account: string, name: string, parameters: string): Promise<void> {
    const { credential, server, tokens } = this.#kind(name);
    const given = await this.#consents.finish(account, credential, server, parameters);
    const { store, ids, clock, logger } = this.#deps;
    const now = clock.now();
    const row = { id: ids.make("k"), account, credential: name };
    const connected = {
      ...row,
      upstream: given.upstream,
      scopes: given.scopes ?? credential.scopes,
      connectedAt: now,
      usedAt: null,
      usedBy: null,
      ended: null,
      isRenewed: given.refreshToken !== null,
      tokenEndsAt: given.expiresInS === null ? null : now + given.expiresInS * 1_000,
      sealed: this.#sealing.seal(keptOf(given, now), aboutRow(row)),
    };
    const replaced = await store.put(connected);
    tokens.keep(connected, given);
    logger.info("a person connected an account", { credential: name, account });
    if (replaced?.ended === null)
      await this.#cut(replaced, { by: gatewayItself, reason: `the person connected ${credential.label} anew` });
    await this.#endings.revokeOwed();
  }

  async disconnect(account: string, name: string, by: string): Promise<void> {
    const { store, clock, logger } = this.#deps;
    const { label } = this.#kind(name).credential;
    const connected = await store.get(account, name);
    if (connected === null || !(await store.remove(connected.id, clock.now()))) throw new Refusal("connection_unknown");
    logger.info("a person disconnected an account", { credential: name, account });
    if (connected.ended === null) await this.#cut(connected, { by, reason: `the person disconnected ${label}` });
    await this.#endings.revokeOwed();
  }

  async leave(account: string): Promise<void> {
    const { store, clock } = this.#deps;
    const left = { by: gatewayItself, reason: "the person's account was removed" };
    for (const connected of await store.of(account))
      if ((await store.remove(connected.id, clock.now())) && connected.ended === null) await this.#cut(connected, left);
    await this.#endings.revokeOwed();
  }

  async everybodys(): Promise<PersonConnection[]> {
    const { store, accounts } = this.#deps;
    const names = new Map((await accounts.list()).map(({ id, name }) => [id, name]));
    return (await store.all()).map((one) => ({
      ...one,
      person: names.get(one.account) ?? null,
      label: this.#kinds.get(one.credential)?.credential.label ?? null,
    }));
  }

  async disconnectFor(id: string, told: Disconnected): Promise<EndedEverywhere> {
    const { store, clock, logger } = this.#deps;
    const connected = (await store.all()).find((one) => one.id === id);
    const ended = { why: "operator", reason: told.reason, at: clock.now() } as const;
    if (connected === undefined || !(await store.end(id, ended))) throw new Refusal("connection_unknown");
    const { account, credential } = connected;
    logger.warn("an operator disconnected the account of a person", { credential, account, ...told });
    const matched = await this.#cut(connected, told);
    await this.#endings.revokeOwed();
    return matched;
  }

  #cut(connected: ConnectedAccount, told: Disconnected): Promise<EndedEverywhere> {
    return cutDisconnected(this.#deps, connected, told);
  }

  /** @throws Refusal credential_no_person, credential_not_connected; CredentialFailure */
  async #obtain({ credential, tokens }: Kind, { subject, scope, ttlS }: CredentialWish): Promise<MadeCredential> {
    const { accounts, clock, settings, store } = this.#deps;
    const known = { accounts, clock, signInWithinMs: settings.signInWithinMs };
    const account = await accountOf(subject, credential, known);
    const connected = account === null ? null : await store.get(account.id, credential.name);
    if (connected === null || connected.ended !== null) throw this.#notConnected(credential);
    assertConsented(credential, connected.scopes, scope);
    const wish = { scopes: scope, ttlMs: ttlS === null ? null : ttlS * 1_000 };
    const token = await tokens.get(connected, wish);
    if (token === null) throw this.#notConnected(credential);
    await this.#noteUse(connected.id, subject.id);
    return {
      inject: [atPlace(credential.place, token.text)],
      secrets: [token.text],
      expiresAt: token.expiresAt,
      connection: connected.id,
      scope: token.scopes ?? scope ?? connected.scopes,
      refused: () => tokens.forget(connected, wish),
    };
  }

  #notConnected({ name, label }: PersonCredential): Refusal {
    const console = this.#deps.consoleUrl();
    if (console === null) return new Refusal("credential_not_connected", { hint: label });
    const link = new URL(`/connected-accounts?connect=${encodeURIComponent(name)}`, console).href;
    return new Refusal("credential_not_connected", { hint: `${label}: ${link}`, link });
  }

  async #noteUse(id: string, agent: string): Promise<void> {
    const { store, clock } = this.#deps;
    const now = clock.monotonic();
    const last = this.#noted.get(id);
    if (last !== undefined && now - last < noteEveryMs) return;
    this.#noted.set(id, now);
    await store.used(id, agent, clock.now());
  }

  #kind(name: string): Kind {
    const kind = this.#kinds.get(name);
    if (kind === undefined) throw new Refusal("connection_unknown");
    return kind;
  }

  #kindOf(credential: PersonCredential): Kind {
    const server = new PersonServer(credential, this.#deps);
    const tokens = new AccessTokens(credential, { ...this.#deps, sealing: this.#sealing, server });
    return { credential, server, tokens };
  }
}

/** The access token is kept only where there is nothing to make another one from. */
function keptOf({ refreshToken, accessToken, expiresInS }: PersonTokens, now: number): string {
  if (refreshToken !== null) return keptText({ refreshToken, accessToken: null, expiresAt: null });
  return keptText({ refreshToken, accessToken, expiresAt: expiresInS === null ? null : now + expiresInS * 1_000 });
}

/** @throws CredentialFailure when policy asks for more than the person consented to */
function assertConsented(
  { label }: PersonCredential,
  consented: readonly string[],
  wanted: readonly string[] | null,
): void {
  const more = wanted?.find((one) => !consented.includes(one));
  if (more !== undefined) throw new CredentialFailure("refused", `the person did not consent to ${more} at ${label}`);
}
