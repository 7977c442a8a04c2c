import type { AccountStore } from "../domain/account.ts";
import type { Clock, Ids } from "../domain/ports.ts";
import { hashPassword, makePassword } from "./passwords.ts";

export interface NewAccount {
  readonly name: string;
  /** Told once, kept nowhere. */
  readonly password: string;
}

export interface ConfiguredUser {
  readonly name: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly also: readonly string[];
}

/**
 * Makes the stored accounts those of the configuration: new users get a generated password, known ones today's roles,
 * and whoever the configuration no longer names can no longer sign in.
 * @returns the accounts made just now, with the passwords that are to be printed once
 */
export async function ensureAccounts(
  users: readonly ConfiguredUser[],
  given: { readonly accounts: AccountStore; readonly clock: Clock; readonly ids: Ids },
): Promise<NewAccount[]> {
  const made: NewAccount[] = [];
  for (const account of given.accounts.list()) {
    if (!users.some((user) => user.name === account.name)) given.accounts.remove(account.name);
  }
  for (const user of users) {
    const known = given.accounts.get(user.name);
    if (known === null) made.push(await makeAccount(user, given));
    else if (differs(known, user)) given.accounts.put({ ...known, ...user });
  }
  return made;
}

function differs(known: ConfiguredUser, user: ConfiguredUser): boolean {
  return (["roles", "teams", "also"] as const).some((list) => known[list].join("\n") !== user[list].join("\n"));
}

async function makeAccount(
  user: ConfiguredUser,
  { accounts, clock, ids }: { readonly accounts: AccountStore; readonly clock: Clock; readonly ids: Ids },
): Promise<NewAccount> {
  const password = makePassword(ids);
  accounts.put({ ...user, password: await hashPassword(password, ids), created_at: clock.now() });
  return { name: user.name, password };
}
