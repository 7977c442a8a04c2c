import type { Config } from "../config/config.ts";
import type { ConsoleLogin } from "../admin/deps.ts";
import type { AccountStore } from "../domain/account.ts";
import type { Clock, PasskeyStore, People } from "../domain/ports.ts";
import { consoleAccounts, passkeyStore } from "../store/people.ts";
import type { Database } from "../store/database.ts";
import { accountPeople } from "./account-people.ts";

export interface KnownPeople {
  readonly accounts: AccountStore;
  readonly passkeys: PasskeyStore;
  readonly people: People;
  readonly login: ConsoleLogin;
}

/** Those who may sign in, how they do, and what is known of them today. */
export function openPeople(config: Config, database: Database, clock: Clock): KnownPeople {
  const accounts = consoleAccounts(database);
  const login = loginOf(config);
  return {
    accounts,
    passkeys: passkeyStore(database),
    people: accountPeople(accounts, clock, login.provider?.rolesForMs ?? 0),
    login,
  };
}

function loginOf({ listeners, secret }: Config): ConsoleLogin {
  const { login } = listeners.console;
  const oidc = login?.oidc ?? null;
  return {
    passwords: (login?.users ?? []).length > 0,
    provider: oidc === null ? null : { ...oidc, clientSecret: () => secret(oidc.secretReference) },
    stepUpMs: login?.stepUpMs ?? 0,
  };
}
