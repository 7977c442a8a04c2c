import { type Account, accountId, type AccountStore, type ProviderIdentity } from "../../domain/account.ts";
import { Refusal } from "../../domain/errors.ts";
import type { OidcSettings } from "../../domain/settings.ts";
import type { JsonObject } from "../../lib/json.ts";
import { lookKey } from "../../lib/look-alike.ts";
import { nameIn, textsIn } from "../../sign-in/claims.ts";
import type { VerifiedIdentity } from "../../sign-in/provider.ts";

/** Of one person, over the years; beyond it nothing is forgotten, so nobody gets rid of a name by taking many. */
const mostNames = 1_000;

/**
 * The account of who came back, with what the provider says of them today; durable when it resolves. Whoever is refused keeps
 * name, passkeys and account, for a provider's answer may be wrong once: only the roles that it no longer gives are gone.
 * @throws Refusal login_claims, login_roles, login_conflict
 */
export async function accountOfPerson(
  accounts: AccountStore,
  settings: OidcSettings,
  identity: VerifiedIdentity,
  now: number,
): Promise<Account> {
  // One transaction: two people who come at once must not both find a name free, and whoever is removed meanwhile must not
  // come back as the account that was removed. What a refusal changes is kept, so it is not thrown inside.
  const admitted = await accounts.atomically(() => admit(accounts, settings, identity, now));
  if (admitted instanceof Refusal) throw admitted;
  return admitted;
}

async function admit(
  accounts: AccountStore,
  settings: OidcSettings,
  identity: VerifiedIdentity,
  now: number,
): Promise<Account | Refusal> {
  const { issuer, subject, claims } = identity;
  const id = accountId(issuer, subject);
  const known = await accounts.get(id);
  const name = nameIn(claims, settings.claims.name);
  const also = namesEver(known, [name, subject, ...settings.claims.also.flatMap((claim) => textsIn(claims, claim))]);
  const groups = groupsIn(claims, settings);
  const today = mappedGroups(groups, settings);
  const refusal = today.roles.length === 0 ? new Refusal("login_roles") : await conflict(accounts, name, identity);
  if (refusal !== null) {
    if (known?.provider) await accounts.put({ ...known, ...today, also, provider: { ...known.provider, groups } });
    return refusal;
  }
  const account: Account = {
    id,
    name,
    password: null,
    ...today,
    also: also.filter((other) => other !== name),
    created_at: known?.created_at ?? now,
    provider: { issuer, subject, groups, verified_at: now },
  };
  await accounts.put(account);
  return account;
}

/** A name stays with whoever has it first, among those who can sign in today; so does what looks like it. */
async function conflict(
  accounts: AccountStore,
  name: string,
  { issuer, subject }: VerifiedIdentity,
): Promise<Refusal | null> {
  const [id, looks] = [accountId(issuer, subject), lookKey(name)];
  const holder = (await accounts.list()).find(
    (other) => other.id !== id && lookKey(other.name) === looks && (other.provider?.issuer ?? issuer) === issuer,
  );
  if (holder === undefined) return null;
  return new Refusal("login_conflict", {
    detail: `${name} is, or looks like, the name of ${holder.id}; ${id} may not have it`,
  });
}

/** Every name that this person ever had here: whoever is renamed is still who their earlier calls were made for. */
function namesEver(known: Account | null, names: readonly string[]): string[] {
  const all = [...new Set([...names, ...(known === null ? [] : [known.name, ...known.also])])];
  if (all.length > mostNames) throw new Refusal("login_claims", { hint: `more than ${mostNames} names of one person` });
  return all;
}

/** Roles only by the mapping. A team counts unmapped too: a forgotten one must not put anybody outside it. */
export function mappedGroups(
  groups: ProviderIdentity["groups"],
  { roles, teams }: Pick<OidcSettings, "roles" | "teams">,
): { readonly roles: readonly string[]; readonly teams: readonly string[] } {
  return {
    roles: [...new Set(groups.roles.flatMap((value) => roles.get(value) ?? []))],
    teams: [...new Set(groups.teams.flatMap((value) => [value, ...(teams.get(value) ?? [])]))],
  };
}

function groupsIn(claims: JsonObject, settings: OidcSettings): ProviderIdentity["groups"] {
  const { roles, teams } = settings.claims;
  return { roles: textsIn(claims, roles), teams: teams === null ? [] : textsIn(claims, teams) };
}
