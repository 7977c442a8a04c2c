import { type Account, accountId, type AccountStore, localIssuer } from "../domain/account.ts";
import type { Clock, Ids } from "../domain/ports.ts";
import type { ProviderSettings } from "./deps.ts";
import { mapped } from "./oidc/provider-account.ts";
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
 * and whoever the configuration no longer names is gone. People of the configured provider have what it said of them, under
 * today's mapping; those of another one, and those whose name a configured user has now, have no role and so cannot sign in.
 * @returns the accounts made just now, with the passwords that are to be printed once
 */
export async function ensureAccounts(
  users: readonly ConfiguredUser[],
  given: Given,
  provider: ProviderSettings | null = null,
): Promise<NewAccount[]> {
  const made: NewAccount[] = [];
  const { accounts } = given;
  const taken = new Set(users.map(({ name }) => name));
  for (const account of accounts.list()) {
    if (account.provider !== null) accounts.put({ ...account, ...today(account, provider, taken) });
    else if (!taken.has(account.name)) accounts.remove(account.id);
  }
  for (const user of users) {
    const known = accounts.withPassword(user.name);
    if (known === null) made.push(await makeAccount(user, given));
    else if (differs(known, user)) accounts.put({ ...known, ...user });
  }
  return made;
}

/** Nobody's account goes for this: the provider, its mapping or a name may be back tomorrow, and passkeys would not. */
function today(
  account: Account,
  provider: ProviderSettings | null,
  taken: ReadonlySet<string>,
): Pick<Account, "roles" | "teams"> {
  const identity = account.provider;
  const isOurs = identity !== null && provider !== null && sameIssuer(provider.issuer, identity.issuer);
  return isOurs && !taken.has(account.name) ? mapped(identity.groups, provider) : { roles: [], teams: account.teams };
}

/** A provider may name itself with a slash at the end that the configuration leaves out. */
function sameIssuer(one: string, other: string): boolean {
  return new URL(one).href === new URL(other).href;
}

function differs(known: ConfiguredUser, user: ConfiguredUser): boolean {
  return (["roles", "teams", "also"] as const).some((list) => known[list].join("\n") !== user[list].join("\n"));
}

/** A user who comes back after the configuration did not name them is another account: nothing of the first one is theirs. */
async function makeAccount(user: ConfiguredUser, { accounts, clock, ids }: Given): Promise<NewAccount> {
  const password = makePassword(ids);
  const id = accountId(localIssuer, ids.make("u"));
  const created_at = clock.now();
  accounts.put({ ...user, id, password: await hashPassword(password, ids), created_at, provider: null });
  return { name: user.name, password };
}
