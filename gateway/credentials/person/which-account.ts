import type { Account, AccountStore } from "../../domain/account.ts";
import { Refusal } from "../../domain/errors.ts";
import type { PersonCredential } from "../../domain/person-credential.ts";
import type { Clock } from "../../domain/ports.ts";
import type { Subject } from "../../domain/subject.ts";

export interface WhichAccountDeps {
  readonly accounts: Pick<AccountStore, "named">;
  readonly clock: Pick<Clock, "now">;
  /** How long after the last sign-in at the identity provider agents may use a person's accounts. */
  readonly signInWithinMs: number;
}

/**
 * The console account of the person whom a call is made for; null when that person has none, or has not signed in for too long. The
 * name is verified, and what it grants is somebody's account, so it matches exactly and one person alone.
 * @throws Refusal credential_no_person
 */
export async function accountOf(
  { issuer, type, id, actingFor }: Pick<Subject, "issuer" | "type" | "id" | "actingFor">,
  { trustedIssuers, subjectsOf }: Pick<PersonCredential, "trustedIssuers" | "subjectsOf">,
  deps: WhichAccountDeps,
): Promise<Account | null> {
  const name = actingFor?.id ?? (type === "user" ? id : null);
  if (name === null) throw new Refusal("credential_no_person", { hint: "it acts for nobody" });
  if (!trustedIssuers.has(issuer))
    throw new Refusal("credential_no_person", { hint: "its issuer may not say for whom calls are made" });
  const namedBy = subjectsOf?.get(issuer) ?? issuer;
  const found = accountNamed(name, namedBy, await deps.accounts.named(name));
  return found !== null && mayBeUsed(found, deps) ? found : null;
}

/** The provider's own `sub` is whom it says it is; any other name must be that of one person. @throws Refusal credential_no_person */
function accountNamed(name: string, issuer: string, candidates: readonly Account[]): Account | null {
  const certain = candidates.find(({ provider }) => provider?.subject === name && sameIssuer(provider.issuer, issuer));
  if (certain !== undefined) return certain;
  // A `sub` of another issuer names nobody here.
  const [one, other] = candidates.filter(
    (account) => account.name === name || (account.provider === null && account.also.includes(name)),
  );
  if (other !== undefined) throw new Refusal("credential_no_person", { hint: "more than one person has this name" });
  return one ?? null;
}

function mayBeUsed({ provider, roles }: Account, { clock, signInWithinMs }: WhichAccountDeps): boolean {
  return provider === null || (roles.length > 0 && clock.now() - provider.verified_at < signInWithinMs);
}

/** A provider may name itself with a slash at the end that tokens leave out. */
function sameIssuer(one: string, other: string): boolean {
  return one.replace(/\/$/, "") === other.replace(/\/$/, "");
}
