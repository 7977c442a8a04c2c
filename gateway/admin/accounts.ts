import { type Account, accountId, type AccountStore, localIssuer } from "../domain/account.ts";
import type { OidcSettings } from "../domain/settings.ts";
import type { Clock, Ids } from "../domain/ports.ts";
import { mappedGroups } from "./oidc/provider-account.ts";
import { hashPassword, makePassword } from "../sign-in/passwords.ts";

export interface NewAccount {
  readonly name: string;
  /** Printed once, stored nowhere. */
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
  provider: OidcSettings | null = null,
): Promise<NewAccount[]> {
  const { accounts } = given;
  const taken = new Set(users.map(({ name }) => name));
  await accounts.atomically(async () => {
    for (const account of await accounts.list()) {
      if (account.provider !== null) await accounts.put({ ...account, ...today(account, provider, taken) });
      else if (!taken.has(account.name)) await accounts.remove(account.id);
    }
  });
  const missing: MadeAccount[] = [];
  for (const user of users) if (!(await update(user, accounts))) missing.push(await makeAccount(user, given));
  return missing.length === 0 ? [] : putAll(missing, accounts);
}

interface MadeAccount extends NewAccount {
  readonly account: Account;
}

/**
 * All in one transaction: of gateways that start on an empty store at the same time one makes all accounts and is told all passwords. Passwords are
 * hashed before, and another gateway may have made the accounts meanwhile.
 */
function putAll(missing: readonly MadeAccount[], accounts: AccountStore): Promise<NewAccount[]> {
  return accounts.atomically(async () => {
    const put: NewAccount[] = [];
    for (const { name, password, account } of missing) {
      if ((await accounts.withPassword(name)) !== null) continue;
      await accounts.put(account);
      put.push({ name, password });
    }
    return put;
  });
}

/** False when nobody has this name and a password. */
function update(user: ConfiguredUser, accounts: AccountStore): Promise<boolean> {
  return accounts.atomically(async () => {
    const known = await accounts.withPassword(user.name);
    if (known !== null && differs(known, user)) await accounts.put({ ...known, ...user });
    return known !== null;
  });
}

/** Nobody's account goes for this: the provider, its mapping or a name may be back tomorrow, and passkeys would not. */
function today(
  account: Account,
  provider: OidcSettings | null,
  taken: ReadonlySet<string>,
): Pick<Account, "roles" | "teams"> {
  const identity = account.provider;
  const isOurs = identity !== null && provider !== null && sameIssuer(provider.issuer, identity.issuer);
  return isOurs && !taken.has(account.name)
    ? mappedGroups(identity.groups, provider)
    : { roles: [], teams: account.teams };
}

/** A provider may name itself with a slash at the end that the configuration leaves out. */
function sameIssuer(one: string, other: string): boolean {
  return new URL(one).href === new URL(other).href;
}

function differs(known: ConfiguredUser, user: ConfiguredUser): boolean {
  return (["roles", "teams", "also"] as const).some((list) => known[list].join("\n") !== user[list].join("\n"));
}

/** A user who comes back after the configuration did not name them is another account: nothing of the first one is theirs. */
async function makeAccount(user: ConfiguredUser, { clock, ids }: Given): Promise<MadeAccount> {
  const password = makePassword(ids);
  const id = accountId(localIssuer, ids.make("u"));
  const account = { ...user, id, password: await hashPassword(password, ids), created_at: clock.now(), provider: null };
  return { name: user.name, password, account };
}
