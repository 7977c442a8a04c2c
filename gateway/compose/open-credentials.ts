import type { Config } from "../config/config.ts";
import { awsCredential } from "../credentials/aws/provider.ts";
import { PersonAccounts } from "../credentials/person/person-accounts.ts";
import { CredentialRegistry } from "../credentials/registry.ts";
import { staticCredential } from "../credentials/static.ts";
import type { Background } from "../domain/background.ts";
import type { CredentialConfig } from "../domain/credential.ts";
import type { PersonCredential } from "../domain/person-credential.ts";
import type { Clock, ConnectedAccounts, CredentialProvider, Ids, Logger } from "../domain/ports.ts";
import { connectedAccountStore } from "../store/connected-accounts.ts";
import type { Approvals } from "./open-approvals.ts";
import type { KnownPeople, ListenerAddress } from "./open-identity.ts";
import type { State } from "./open-state.ts";
import { Vaults } from "./open-vaults.ts";

export interface OpenCredentialsDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly state: Pick<State, "connection" | "background">;
  readonly people: Pick<KnownPeople, "accounts">;
  readonly approvals: Pick<Approvals, "revocations">;
  /** Where people connect their accounts. */
  readonly consoleAddress: ListenerAddress;
}

export interface OpenCredentials {
  readonly registry: CredentialRegistry;
  /** Null when there are none to connect. */
  readonly connectedAccounts: ConnectedAccounts | null;
  close(): Promise<void>;
}

/** The credentials of the configuration. Secrets are read once now, so that a missing one stops the start and not a call. @throws Error */
export function openCredentials(config: Config, deps: OpenCredentialsDeps): OpenCredentials {
  const { clock, logger, state } = deps;
  const { secret } = config;
  const people = openPersonAccounts(config, deps);
  const vaults = new Vaults({ clock, logger, secret });
  const providerOf = (one: CredentialConfig): CredentialProvider => {
    switch (one.provider) {
      case "static":
        return staticCredential(one, { clock, secret });
      case "vault":
        return vaults.provider(one);
      case "aws":
        return awsCredential(one, { clock, logger, secret });
      case "person":
        if (people === null) throw new Error("a credential of people without connected_accounts passed the checks");
        return people.provider(one.name);
    }
  };
  const providers = [...config.credentials].map(([name, one]) => [name, providerOf(one)] as const);
  const registry = new CredentialRegistry(new Map(providers), deps);
  const stopSweeping = people === null ? null : sweeping(people, state.background);
  return {
    registry,
    connectedAccounts: people,
    async close() {
      await stopSweeping?.();
      await registry.close();
    },
  };
}

function openPersonAccounts(config: Config, deps: OpenCredentialsDeps): PersonAccounts | null {
  const { connectedAccounts: settings, secret } = config;
  const people = [...config.credentials.values()].filter((one): one is PersonCredential => one.provider === "person");
  if (settings === null || people.length === 0) return null;
  const { clock, ids, logger, state, people: known, approvals, consoleAddress } = deps;
  return new PersonAccounts(people, {
    ...{ settings, secret, clock, ids, logger, accounts: known.accounts, revocations: approvals.revocations },
    store: connectedAccountStore(state.connection),
    consoleUrl: () => consoleAddress.url,
  });
}

const sweepEveryMs = 10_000;

/** @returns how to stop it */
function sweeping(people: PersonAccounts, background: Background): () => Promise<void> {
  return background.every(sweepEveryMs, {
    name: "connected-accounts",
    failing: "accounts of people who left are not ended",
    severity: "degraded",
    work: () => people.sweep(),
  });
}
