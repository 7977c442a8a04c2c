import type { AccountStore } from "../domain/account.ts";
import type { Clock, Ids } from "../domain/ports.ts";
import type { ProviderSettings } from "./login-settings.ts";
import { mapped } from "./oidc/person.ts";
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

interface Given {
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Makes the stored accounts those of the configuration: new users get a generated password, known ones today's roles,
 * and whoever the configuration no longer names can no longer sign in. People of the configured provider keep what it
 * said of them, under today's mapping; those of another one are gone.
 * @returns the accounts made just now, with the passwords that are to be printed once
 */
export async function ensureAccounts(
  users: readonly ConfiguredUser[],
  given: Given,
  provider: ProviderSettings | null = null,
): Promise<NewAccount[]> {
  const made: NewAccount[] = [];
  remapPeople(given.accounts, provider);
  for (const account of given.accounts.list()) {
    const named = users.some((user) => user.name === account.name);
    const fromProvider = account.provider !== null;
    // A configured user takes a name over from whoever came with it from a provider.
    if (named ? fromProvider : !fromProvider) given.accounts.remove(account.name);
  }
  for (const user of users) {
    const known = given.accounts.get(user.name);
    if (known === null) made.push(await makeAccount(user, given));
    else if (differs(known, user)) given.accounts.put({ ...known, ...user });
  }
  return made;
}

function remapPeople(accounts: AccountStore, provider: ProviderSettings | null): void {
  for (const account of accounts.list()) {
    if (account.provider === null) continue;
    const { issuer, groups } = account.provider;
    const today = provider !== null && sameIssuer(provider.issuer, issuer) ? mapped(groups, provider) : null;
    if (today === null || today.roles.length === 0) accounts.remove(account.name);
    else accounts.put({ ...account, ...today });
  }
}

/** A provider may name itself with a slash at the end that the configuration leaves out. */
function sameIssuer(one: string, other: string): boolean {
  return new URL(one).href === new URL(other).href;
}

function differs(known: ConfiguredUser, user: ConfiguredUser): boolean {
  return (["roles", "teams", "also"] as const).some((list) => known[list].join("\n") !== user[list].join("\n"));
}

async function makeAccount(user: ConfiguredUser, { accounts, clock, ids }: Given): Promise<NewAccount> {
  const password = makePassword(ids);
  const created_at = clock.now();
  accounts.put({ ...user, password: await hashPassword(password, ids), created_at, provider: null });
  return { name: user.name, password };
}
