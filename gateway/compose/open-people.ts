import type { ConsoleLogin } from "../admin/deps.ts";
import type { Config } from "../config/config.ts";
import { type AccountStore, isVouchedFor } from "../domain/account.ts";
import type { Clock, PasskeyStore, People } from "../domain/ports.ts";
import { accountStore } from "../store/accounts.ts";
import type { Connection } from "../store/connection.ts";
import { passkeyStore } from "../store/passkeys.ts";

export interface KnownPeople {
  readonly accounts: AccountStore;
  readonly passkeys: PasskeyStore;
  readonly people: People;
  readonly login: ConsoleLogin;
}

/** Those who may sign in, how they do, and what is known of them today. */
export function openPeople(config: Config, connection: Connection, clock: Clock): KnownPeople {
  const accounts = accountStore(connection);
  const login = loginOf(config);
  return {
    accounts,
    passkeys: passkeyStore(connection),
    people: accountPeople(accounts, clock, login.provider?.rolesForMs ?? 0),
    login,
  };
}

function loginOf({ listeners, secret }: Config): ConsoleLogin {
  const { login } = listeners.console;
  return {
    passwords: (login?.users ?? []).length > 0,
    provider: login?.oidc ?? null,
    secret,
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
      const account = await accounts.get(id);
      return account !== null && isVouchedFor(account, clock.now(), providerForMs) ? account : null;
    },
  };
}
