import { dirname, join } from "node:path";
import type { Config } from "../config/config.ts";
import { awsCredential } from "../credentials/aws/provider.ts";
import { clientCredentials } from "../credentials/oauth/client-credentials.ts";
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
  readonly access: Pick<AccessControl, "endings">;
  /** Where people connect their accounts. */
  readonly consoleAddress: Pick<ListenerAddress, "url">;
}

export interface OpenCredentials {
  readonly registry: CredentialRegistry;
  /** Published for those who check what the gateway signs for them; null when it signs nothing. */
  readonly ownKeys: OwnKeys | null;
  /** Null when there are none to connect. */
  readonly connectedAccounts: ConnectedAccounts | null;
  close(): Promise<void>;
}

/** The credentials of the configuration. @throws Error as `providersOf` */
export function openCredentials(config: Config, { address, access, ...deps }: OpenCredentialsDeps): OpenCredentials {
  const people = openPersonAccounts(config, deps);
  const { clock, ids, logger } = deps;
  const { providers, ownKeys } = providersOf(config, { clock, ids, logger, people, issuer: () => address.url });
  const registry = new CredentialRegistry(providers, deps);
  access.endings.onEnd(async (matches) => ({ credentials: await registry.revoke(matches) }));
  access.endings.onCount(async (matches) => ({ credentials: registry.count(matches), of: [] }));
  return {
    registry,
    ownKeys,
    connectedAccounts: people?.accounts ?? null,
    async close() {
      await people?.close();
      await registry.close();
    },
  };
}

interface ProvidersDeps extends Pick<OpenCredentialsDeps, "clock" | "ids" | "logger">, Pick<OauthDeps, "issuer"> {
  /** Null where there is no store that they are in. */
  readonly people: OpenPersonAccounts | null;
}

/** Secrets are read once now, so that a missing one stops the start and not a call. @throws Error that names the reference */
export function providersOf(
  config: Config,
  { people, ...deps }: ProvidersDeps,
): { readonly providers: ReadonlyMap<string, CredentialProvider>; readonly ownKeys: OwnKeys | null } {
  const all = [...config.credentials];
  // Beside the store, so that all processes of one store sign with the same.
  const ownKeys = all.some(([, one]) => signs(one))
    ? openOwnKeys(join(dirname(config.store.sqlite), "own-keys"))
    : null;
  const { secret } = config;
  const oauth = { ...deps, keys: ownKeys ?? noKeys, secret };
  const made = { oauth, people, vaults: new Vaults({ ...deps, secret }) };
  return { providers: new Map(all.map(([name, one]) => [name, providerOf(one, made)])), ownKeys };
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
      return true;
    case "static":
    case "vault":
    case "aws":
    case "person":
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
      return signedJwt(one, oauth);
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
