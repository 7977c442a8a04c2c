import type { Config } from "../config/config.ts";
import type { OauthDeps } from "../credentials/oauth/server.ts";
import { PersonAccounts } from "../credentials/person/person-accounts.ts";
import type { PersonCredential } from "../domain/person-credential.ts";
import { connectedAccountStore } from "../store/connected-accounts.ts";
import type { OpenCredentialsDeps } from "./open-credentials.ts";

export interface OpenPersonAccounts {
  readonly accounts: PersonAccounts;
  close(): Promise<void>;
}

const sweepEveryMs = 10_000;

/** The accounts that people connect; null when the configuration has none. @throws Error when a sealing key cannot be read or is none */
export function openPersonAccounts(
  { credentials, connectedAccounts: settings }: Config,
  oauth: OauthDeps,
  { state, people, approvals, consoleAddress, access, records }: Omit<OpenCredentialsDeps, "address">,
): OpenPersonAccounts | null {
  const ofPeople = [...credentials.values()].filter((one): one is PersonCredential => one.provider === "person");
  if (settings === null || ofPeople.length === 0) return null;
  const accounts = new PersonAccounts(ofPeople, {
    ...oauth,
    settings,
    accounts: people.accounts,
    revocations: approvals.revocations,
    sharedEndings: access.shared,
    journal: records.journal,
    store: connectedAccountStore(state.connection),
    consoleUrl: () => consoleAddress.url,
  });
  const close = state.background.every(sweepEveryMs, {
    name: "connected-accounts",
    failing: "accounts of people who left are not ended",
    severity: "degraded",
    work: () => accounts.sweep(),
  });
  return { accounts, close };
}
