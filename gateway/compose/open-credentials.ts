import { dirname, join } from "node:path";
import type { Config } from "../config/config.ts";
import { clientCredentials } from "../credentials/oauth/client-credentials.ts";
import { identityAssertionGrant } from "../credentials/oauth/id-jag.ts";
import type { OauthDeps } from "../credentials/oauth/server.ts";
import { exchangedToken } from "../credentials/oauth/token-exchange.ts";
import { openOwnKeys, type OwnKeys } from "../credentials/own-keys.ts";
import { CredentialRegistry } from "../credentials/registry.ts";
import { signedJwt } from "../credentials/signed-jwt.ts";
import { staticCredential } from "../credentials/static.ts";
import { type CredentialConfig, CredentialFailure } from "../domain/credential.ts";
import type { Clock, CredentialProvider, Ids, Logger } from "../domain/ports.ts";
import type { AccessControl } from "./open-endings.ts";
import type { ListenerAddress } from "./open-identity.ts";

export interface OpenCredentialsDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly address: Pick<ListenerAddress, "url">;
  readonly endings: AccessControl["endings"];
}

export interface OpenedCredentials {
  readonly credentials: CredentialRegistry;
  /** Published for those who check what the gateway signs for them; null when it signs nothing. */
  readonly ownKeys: OwnKeys | null;
}

/** The credentials of the configuration. @throws Error as `providersOf` */
export function openCredentials(config: Config, { address, endings, ...deps }: OpenCredentialsDeps): OpenedCredentials {
  const { providers, ownKeys } = providersOf(config, { ...deps, issuer: () => address.url });
  const credentials = new CredentialRegistry(providers, deps);
  endings.onEnd(async (matches) => ({ credentials: await credentials.revoke(matches) }));
  endings.onCount(async (matches) => ({ credentials: credentials.count(matches), of: [] }));
  return { credentials, ownKeys };
}

type ProviderDeps = Pick<OpenCredentialsDeps, "clock" | "ids" | "logger"> & Pick<OauthDeps, "issuer">;

/** Secrets are read once now, so that a missing one stops the start and not a call. @throws Error that names the reference */
export function providersOf(
  config: Config,
  deps: ProviderDeps,
): { readonly providers: ReadonlyMap<string, CredentialProvider>; readonly ownKeys: OwnKeys | null } {
  const all = [...config.credentials];
  // Beside the store, so that all processes of one store sign with the same.
  const ownKeys = all.some(([, one]) => signs(one))
    ? openOwnKeys(join(dirname(config.store.sqlite), "own-keys"))
    : null;
  const oauth = { ...deps, keys: ownKeys ?? noKeys, secret: config.secret };
  return { providers: new Map(all.map(([name, one]) => [name, providerOf(one, oauth)])), ownKeys };
}

const noKeys: Pick<OwnKeys, "sign"> = {
  sign: () => {
    throw new CredentialFailure("misconfigured", "the gateway has no key of its own");
  },
};

/** Whether the gateway's own key is used for a credential. */
function signs(one: CredentialConfig): boolean {
  switch (one.provider) {
    case "static":
      return false;
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
  }
}

/** One provider for each kind. */
function providerOf(one: CredentialConfig, deps: OauthDeps): CredentialProvider {
  switch (one.provider) {
    case "static":
      return staticCredential(one, deps);
    case "client_credentials":
      return clientCredentials(one, deps);
    case "token_exchange":
      return exchangedToken(one, deps);
    case "id_jag":
      return identityAssertionGrant(one, deps);
    case "signed_jwt":
      return signedJwt(one, deps);
  }
}
