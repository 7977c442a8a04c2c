import type { Config } from "../config/config.ts";
import { CredentialRegistry } from "../credentials/registry.ts";
import { staticCredential } from "../credentials/static.ts";
import type { CredentialConfig } from "../domain/credential.ts";
import type { Clock, CredentialProvider, Logger } from "../domain/ports.ts";

export interface OpenCredentialsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The credentials of the configuration. Secrets are read once now, so that a missing one stops the start and not a call. @throws Error */
export function openCredentials(config: Config, deps: OpenCredentialsDeps): CredentialRegistry {
  const providers = [...config.credentials].map(([name, one]) => [name, providerOf(one, config, deps)] as const);
  return new CredentialRegistry(new Map(providers), deps);
}

/** One provider for each kind. */
function providerOf(one: CredentialConfig, { secret }: Config, { clock }: OpenCredentialsDeps): CredentialProvider {
  switch (one.provider) {
    case "static":
      return staticCredential(one, { clock, secret });
  }
}
