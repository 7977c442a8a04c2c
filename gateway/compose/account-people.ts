import { type AccountStore, isVouchedFor } from "../domain/account.ts";
import type { Clock, People } from "../domain/ports.ts";

/**
 * People as the accounts know them today, by account id: nobody is whom the configuration no longer names, and whom the
 * provider gives no role or has not vouched for lately. `providerForMs`: how long what it said counts.
 */
export function accountPeople(accounts: Pick<AccountStore, "get">, clock: Clock, providerForMs: number): People {
  return {
    current: (id) => {
      const account = accounts.get(id);
      return account !== null && isVouchedFor(account, clock.now(), providerForMs) ? account : null;
    },
  };
}
