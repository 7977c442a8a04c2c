import type { ConsoleLogin } from "../admin/deps.ts";
import type { Config } from "../config/config.ts";
import { type AccountStore, isVouchedFor } from "../domain/account.ts";
import type { Clock, PasskeyStore, People } from "../domain/ports.ts";
import type { Connection } from "../store/connection.ts";
import { consoleAccounts, passkeyStore } from "../store/people.ts";

export interface KnownPeople {
  readonly accounts: AccountStore;
  readonly passkeys: PasskeyStore;
  readonly people: People;
  readonly login: ConsoleLogin;
}

/** Those who may sign in, how they do, and what is known of them today. */
export function openPeople(config: Config, { database }: Connection, clock: Clock): KnownPeople {
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

/**
 * People as the accounts know them today, by account id: nobody is whom the configuration no longer names, and whom the
 * provider gives no role or has not vouched for lately. `providerForMs`: how long what it said counts.
 */
export function accountPeople(accounts: Pick<AccountStore, "get">, clock: Clock, providerForMs: number): People {
  return {
    async current(id) {
      const account = accounts.get(id);
      return account !== null && isVouchedFor(account, clock.now(), providerForMs) ? account : null;
    },
  };
}
