import { isVouchedFor } from "../../domain/account.ts";
import { vouchedAt } from "../../domain/authorization.ts";
import type { AuthorizationGrant } from "../../domain/ports.ts";
import type { Revocable } from "../../domain/revocation.ts";
import type { AuthorizeDeps } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import { grantedRoles, localPerson } from "../person.ts";

type StandingDeps = Pick<AuthorizeDeps, "settings" | "accounts" | "revocations" | "clock">;

/**
 * Access that somebody has ended is not given anew.
 * @throws OauthError invalid_grant; temporarily_unavailable while everything is stopped
 */
export async function assertNotEnded(
  grant: Pick<AuthorizationGrant, "client" | "person" | "jkt" | "agreedAt" | "vouchedAt">,
  { settings, revocations }: Pick<StandingDeps, "settings" | "revocations">,
): Promise<void> {
  await revocations.refresh();
  const { client, person, jkt } = grant;
  const { subject } = person;
  const access: Revocable = {
    issuer: settings.issuer,
    subject,
    actingFor: subject,
    behind: [subject],
    client: client.id,
    key: jkt,
    sessions: [],
    sessionTrust: "none",
    task: null,
    tool: "",
    server: "",
    // New tokens of it stand on what was vouched for then.
    token: { digest: "", jti: null, issuedAt: vouchedAt(grant) },
  };
  const found = revocations.against(access);
  if (found === null) return;
  if (found.kind === "gateway") throw new OauthError("temporarily_unavailable", "the gateway is stopped");
  throw new OauthError("invalid_grant", "this access has been ended");
}

/**
 * What of the grant the person has today: a local user is looked up again, a person of a provider has what it said when they signed
 * in, until the grant ends.
 * @throws OauthError invalid_grant
 */
export async function rolesToday(
  { person, scopes }: Pick<AuthorizationGrant, "person" | "scopes">,
  { settings, accounts, clock }: Pick<StandingDeps, "settings" | "accounts" | "clock">,
): Promise<readonly string[]> {
  if (person.account === null) return scopes;
  const account = await accounts.get(person.account);
  if (account === null || !isVouchedFor(account, clock.now(), 0))
    throw new OauthError("invalid_grant", "this person may not sign in any more");
  try {
    return grantedRoles(scopes, localPerson(account, settings));
  } catch (cause) {
    throw new OauthError("invalid_grant", "this person has none of the roles any more", { cause });
  }
}
