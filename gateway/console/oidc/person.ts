import type { Account, AccountStore, ProviderIdentity } from "../../domain/account.ts";
import { claimAt } from "../../domain/claim-at.ts";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { ProviderSettings } from "../login-settings.ts";
import type { Vouched } from "./provider.ts";

const longest = 200;
const most = 500;

/**
 * The account of who came back, with what the provider says of them today; on disk when it returns. Somebody whom
 * nothing gives a role is let in no longer, and their account is gone.
 * @throws Refusal login_claims, login_roles, login_conflict
 */
export function welcome(accounts: AccountStore, settings: ProviderSettings, vouched: Vouched, now: number): Account {
  const { issuer, subject, claims } = vouched;
  const known = accounts.ofSubject(issuer, subject);
  const name = nameIn(claims, settings.claims.name);
  const groups = groupsIn(claims, settings);
  const { roles, teams } = mapped(groups, settings);
  if (known !== null && (roles.length === 0 || known.name !== name)) accounts.remove(known.name);
  if (roles.length === 0) throw new Refusal("login_roles");
  const holder = accounts.get(name);
  if (holder !== null && !isOf(holder.provider, issuer, subject))
    throw new Refusal("login_conflict", { detail: `${name} is taken, ${subject} may not have it` });
  const account: Account = {
    ...{ name, password: null, roles, teams, also: namesIn(claims, settings.claims.also, subject) },
    created_at: holder?.created_at ?? now,
    provider: { issuer, subject, groups, verified_at: now },
  };
  accounts.put(account);
  return account;
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

function isOf(provider: ProviderIdentity | null, issuer: string, subject: string): boolean {
  return provider !== null && provider.issuer === issuer && provider.subject === subject;
}

function nameIn(claims: JsonObject, claim: string): string {
  const [name, ...others] = textsIn(claims, claim);
  if (name === undefined || others.length > 0) throw new Refusal("login_claims", { hint: `no name in ${claim}` });
  return name;
}

function namesIn(claims: JsonObject, also: readonly string[], subject: string): string[] {
  return [...new Set([subject, ...also.flatMap((claim) => textsIn(claims, claim))])];
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
