import { type Account, localIssuer } from "../domain/account.ts";
import type { AuthorizationSettings } from "../domain/authorization.ts";
import type { GrantedPerson } from "../domain/ports.ts";
import { nameIn, textsIn } from "../sign-in/claims.ts";
import type { VerifiedIdentity } from "../sign-in/provider.ts";
import { OauthError } from "./oauth-error.ts";

/** Who has signed in, and the roles that tokens for them may carry. */
export interface SignedInPerson extends GrantedPerson {
  readonly roles: readonly string[];
}

/** A user of the console. */
export function localPerson(account: Account, settings: Pick<AuthorizationSettings, "roles">): SignedInPerson {
  const { id, name } = account;
  return { subject: name, name, account: id, by: localIssuer, roles: mappedRoles(account.roles, settings) };
}

/** Somebody who is back from the provider. @throws Refusal login_claims */
export function providerPerson(
  { subject, issuer, claims }: Pick<VerifiedIdentity, "subject" | "issuer" | "claims">,
  settings: Pick<AuthorizationSettings, "roles" | "signIn">,
): SignedInPerson {
  const names = settings.signIn?.claims ?? { name: "preferred_username", roles: "roles" };
  const name = nameIn(claims, names.name);
  return { subject, name, account: null, by: issuer, roles: mappedRoles(textsIn(claims, names.roles), settings) };
}

/** By the mapping alone; without one, which only local users can be, a role stands for itself. */
export function mappedRoles(
  values: readonly string[],
  { roles }: Pick<AuthorizationSettings, "roles">,
): readonly string[] {
  if (roles === null) return values;
  return [...new Set(values.flatMap((value) => roles.get(value) ?? []))];
}

/**
 * What of the roles that were asked for this person gets; all, when none was named.
 * @throws OauthError access_denied when that is nothing
 */
export function grantedRoles(wanted: readonly string[], { roles }: Pick<SignedInPerson, "roles">): readonly string[] {
  const granted = wanted.length === 0 ? roles : roles.filter((role) => wanted.includes(role));
  if (granted.length > 0) return granted.toSorted();
  const reason = roles.length === 0 ? "this person has no role here" : "this person has none of the roles asked for";
  throw new OauthError("access_denied", reason);
}
