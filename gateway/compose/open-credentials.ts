import type { JsonWebKey } from "node:crypto";
import { dirname, join } from "node:path";
import type { Config } from "../config/config.ts";
import { awsCredential } from "../credentials/aws/provider.ts";
import { clientCredentials } from "../credentials/oauth/client-credentials.ts";
import { asNarrowAsAsked } from "../credentials/narrowing.ts";
import { identityAssertionGrant } from "../credentials/oauth/id-jag.ts";
import type { OauthDeps } from "../credentials/oauth/server.ts";
import { exchangedToken } from "../credentials/oauth/token-exchange.ts";
import { openOwnKeys, type OwnKeys } from "../credentials/own-keys.ts";
import { CredentialRegistry } from "../credentials/registry.ts";
import { signedJwt } from "../credentials/signed-jwt.ts";
import { staticCredential } from "../credentials/static.ts";
import { type CredentialConfig, CredentialFailure } from "../domain/credential.ts";
import type { Clock, ConnectedAccounts, CredentialProvider, Ids, Logger } from "../domain/ports.ts";
import type { Approvals } from "./open-approvals.ts";
import type { Records } from "./open-records.ts";
import type { AccessControl } from "./open-endings.ts";
import type { KnownPeople, ListenerAddress } from "./open-identity.ts";
import { openPersonAccounts, type OpenPersonAccounts } from "./open-person-accounts.ts";
import type { State } from "./open-state.ts";
import { Vaults } from "./open-vaults.ts";

export interface OpenCredentialsDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly address: Pick<ListenerAddress, "url">;
  readonly state: Pick<State, "connection" | "background">;
  readonly people: Pick<KnownPeople, "accounts">;
  readonly approvals: Pick<Approvals, "revocations">;
  readonly access: Pick<AccessControl, "endings" | "shared">;
  readonly records: Pick<Records, "journal">;
  /** Where people connect their accounts. */
  readonly consoleAddress: Pick<ListenerAddress, "url">;
}

export interface OpenCredentials {
  readonly registry: CredentialRegistry;
  /** Published for those who check what is signed for them (RFC 7517); null when nothing is. It throws while they cannot be read. */
  readonly publicKeys: (() => Promise<{ readonly keys: readonly JsonWebKey[] }>) | null;
  /** Null when there are none to connect. */
  readonly connectedAccounts: ConnectedAccounts | null;
  close(): Promise<void>;
}

/** The credentials of the configuration. @throws Error as `providersOf` */
export function openCredentials(config: Config, { address, ...deps }: OpenCredentialsDeps): OpenCredentials {
  const { clock, ids, logger, access } = deps;
  const ownKeys = ownKeysOf(config);
  const oauth = oauthDeps(config, { clock, ids, logger, ownKeys, issuer: () => address.url });
  const people = openPersonAccounts(config, oauth, deps);
  const vaults = new Vaults(oauth);
  const registry = new CredentialRegistry(providersWith(config, { oauth, people, vaults }), deps);
  access.endings.onEnd(async (matches) => ({ credentials: await registry.revoke(matches) }));
  access.endings.onCount(async (matches) => ({ credentials: registry.count(matches), of: [] }));
  return {
    registry,
    publicKeys: ownKeys === null && !vaults.signs ? null : () => publicKeysOf(ownKeys, vaults),
    connectedAccounts: people?.accounts ?? null,
    async close() {
      await people?.close();
      await registry.close();
    },
  };
}

type LooseDeps = Pick<OpenCredentialsDeps, "clock" | "ids" | "logger"> & Pick<OauthDeps, "issuer">;

/**
 * The providers alone, for whoever tries one without a gateway. Secrets are read once now, so that a missing one stops the start and
 * not a call. @throws Error that names the reference
 */
export function providersOf(config: Config, deps: LooseDeps): ReadonlyMap<string, CredentialProvider> {
  const oauth = oauthDeps(config, { ...deps, ownKeys: ownKeysOf(config) });
  return providersWith(config, { oauth, people: null, vaults: new Vaults(oauth) });
}

async function publicKeysOf(own: OwnKeys | null, vaults: Vaults): Promise<{ readonly keys: readonly JsonWebKey[] }> {
  return { keys: [...(own?.publicKeys.keys ?? []), ...(await vaults.publicKeys())] };
}

function providersWith(config: Config, made: ProviderDeps): ReadonlyMap<string, CredentialProvider> {
  return new Map([...config.credentials].map(([name, one]) => [name, asNarrowAsAsked(one, providerOf(one, made))]));
}

function oauthDeps(config: Config, { ownKeys, ...deps }: LooseDeps & { readonly ownKeys: OwnKeys | null }): OauthDeps {
  return { ...deps, keys: ownKeys ?? noKeys, secret: config.secret };
}

/**
 * Beside the store, so that all processes of one store sign with the same; null when nothing is signed. Where gateways share a database,
 * each has the keys in its data folder, and none makes a key that the others lack.
 */
function ownKeysOf({ credentials, store, dataDir }: Config): OwnKeys | null {
  if (![...credentials.values()].some(signs)) return null;
  const isFile = "sqlite" in store;
  return openOwnKeys(join(isFile ? dirname(store.sqlite) : dataDir, "own-keys"), isFile ? "make" : "given");
}

const noKeys: Pick<OwnKeys, "sign"> = {
  sign: () => {
    throw new CredentialFailure("misconfigured", "the gateway has no key of its own");
  },
};

/** Whether the gateway's own key is used for a credential. */
function signs(one: CredentialConfig): boolean {
  switch (one.provider) {
    case "client_credentials":
      return one.client.clientAuth === "signed";
    case "token_exchange":
      return one.client.clientAuth === "signed" || one.actor === "signed" || one.subjectToken.from === "signed";
    case "id_jag":
      return (
        one.subjectToken.from === "signed" ||
        [one.identityProvider, one.authorizationServer].some(({ clientAuth }) => clientAuth === "signed")
      );
    case "signed_jwt":
      return one.key === null;
    case "person":
      return one.client.clientAuth === "signed";
    case "static":
    case "vault":
    case "aws":
      return false;
  }
}

interface ProviderDeps {
  readonly oauth: OauthDeps;
  readonly vaults: Vaults;
  readonly people: OpenPersonAccounts | null;
}

/** One provider for each kind. */
function providerOf(one: CredentialConfig, { oauth, vaults, people }: ProviderDeps): CredentialProvider {
  switch (one.provider) {
    case "static":
      return staticCredential(one, oauth);
    case "client_credentials":
      return clientCredentials(one, oauth);
    case "token_exchange":
      return exchangedToken(one, oauth);
    case "id_jag":
      return identityAssertionGrant(one, oauth);
    case "signed_jwt":
      return one.key === null
        ? signedJwt(one, oauth)
        : vaults.signing(one.key, (keys) => signedJwt(one, { ...oauth, keys }));
    case "vault":
      return vaults.provider(one);
    case "aws":
      return awsCredential(one, oauth);
    case "person":
      return people === null ? ofNobody : people.accounts.provider(one.name);
  }
}

const ofNobody: CredentialProvider = {
  obtain: async () => {
    throw new CredentialFailure("misconfigured", "people's own accounts are in the store of a running gateway alone");
  },
};
