import type { AccountStore } from "../domain/account.ts";
import type { People } from "../domain/ports.ts";

/** People as the accounts know them today: whoever the configuration no longer names is nobody. */
export function accountPeople(accounts: Pick<AccountStore, "get">): People {
  return {
    current: (id) => accounts.get(id),
  };
}
