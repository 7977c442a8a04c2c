import { type Account, accountId, type AccountStore, type ProviderIdentity } from "../../domain/account.ts";
import { Refusal } from "../../domain/errors.ts";
import { type JsonObject, claimAt } from "../../lib/json.ts";
import { isDeceptive, lookKey } from "../../lib/look-alike.ts";
import type { ProviderSettings } from "../deps.ts";
import type { Vouched } from "./provider.ts";

const longest = 200;
const most = 500;
/** Of one person, over the years; beyond it nothing is forgotten, so nobody gets rid of a name by taking many. */
const mostNames = 1_000;

/**
 * The account of who came back, with what the provider says of them today; on disk when it returns. Whoever is refused keeps
 * name, passkeys and account, for a provider's answer may be wrong once: only the roles that it no longer gives are gone.
 * @throws Refusal login_claims, login_roles, login_conflict
 */
export function welcome(accounts: AccountStore, settings: ProviderSettings, vouched: Vouched, now: number): Account {
  const { issuer, subject, claims } = vouched;
  const id = accountId(issuer, subject);
  const known = accounts.get(id);
  const name = nameIn(claims, settings.claims.name);
  const also = namesEver(known, [name, subject, ...settings.claims.also.flatMap((claim) => textsIn(claims, claim))]);
  const groups = groupsIn(claims, settings);
  const said = mapped(groups, settings);
  const refusal = said.roles.length === 0 ? new Refusal("login_roles") : conflict(accounts, name, vouched);
  if (refusal !== null) {
    if (known?.provider) accounts.put({ ...known, ...said, also, provider: { ...known.provider, groups } });
    throw refusal;
  }
  const account: Account = {
    ...{ id, name, password: null, ...said, also: also.filter((other) => other !== name) },
    created_at: known?.created_at ?? now,
    provider: { issuer, subject, groups, verified_at: now },
  };
  accounts.put(account);
  return account;
}

/** A name stays with whoever has it first, among those who can sign in today; so does what looks like it. */
function conflict(accounts: AccountStore, name: string, { issuer, subject }: Vouched): Refusal | null {
  const [id, looks] = [accountId(issuer, subject), lookKey(name)];
  const holder = accounts
    .list()
    .find((other) => other.id !== id && lookKey(other.name) === looks && (other.provider?.issuer ?? issuer) === issuer);
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
export function mapped(
  groups: ProviderIdentity["groups"],
  { roles, teams }: Pick<ProviderSettings, "roles" | "teams">,
): { readonly roles: readonly string[]; readonly teams: readonly string[] } {
  return {
    roles: [...new Set(groups.roles.flatMap((value) => roles.get(value) ?? []))],
    teams: [...new Set(groups.teams.flatMap((value) => [value, ...(teams.get(value) ?? [])]))],
  };
}

function nameIn(claims: JsonObject, claim: string): string {
  const [name, ...others] = textsIn(claims, claim);
  if (name === undefined || others.length > 0) throw new Refusal("login_claims", { hint: `no name in ${claim}` });
  if (isDeceptive(name)) throw new Refusal("login_claims", { hint: `${claim} has a character that nobody sees` });
  return name;
}

function groupsIn(claims: JsonObject, settings: ProviderSettings): ProviderIdentity["groups"] {
  const { roles, teams } = settings.claims;
  return { roles: textsIn(claims, roles), teams: teams === null ? [] : textsIn(claims, teams) };
}

/** A list of texts, or one text; nothing when the claim is not there. Anything else is a refusal, not an empty list. */
function textsIn(claims: JsonObject, claim: string): string[] {
  const value = claimAt(claims, claim);
  // OpenID Connect Core 1.0 §5.6.2: the claim is elsewhere, as some providers say of long lists of groups.
  if (value === null && claimAt(claimsElsewhere(claims), claim) !== null)
    throw new Refusal("login_claims", { hint: `${claim} is too long for the provider to send` });
  if (value === null) return [];
  const texts = typeof value === "string" ? [value] : value;
  if (Array.isArray(texts) && texts.length <= most && texts.every(isPlain)) return texts;
  throw new Refusal("login_claims", { hint: `${claim} is not a list of plain texts` });
}

function claimsElsewhere(claims: JsonObject): JsonObject {
  const names = claimAt(claims, "_claim_names");
  return typeof names === "object" && names !== null && !Array.isArray(names) ? (names as JsonObject) : {};
}

function isPlain(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= longest && !/\p{C}/u.test(value);
}
