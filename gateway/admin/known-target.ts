import { foldKey, lookKey } from "../lib/look-alike.ts";
import { openStates } from "../domain/approval.ts";
import { isJsonObject } from "../lib/json.ts";
import { revocableBinding, type Revocation, revokes } from "../domain/revocation.ts";
import type { ConsoleDeps } from "./deps.ts";

export type KnownDeps = Pick<ConsoleDeps, "accounts" | "decisions" | "approvals" | "grants">;

type Target = Pick<Revocation, "kind" | "issuer"> & { readonly target: string };

/** How many open items and grants are looked through, and how many records of a caller for one of the issuer. */
const most = 1_000;
const mostRecords = 20;

/** As `isKnownTarget`; an operator who ends access is not kept from it by a log or store that cannot be read now. */
export async function mayMatch(deps: KnownDeps & Pick<ConsoleDeps, "logger">, wanted: Target): Promise<boolean> {
  try {
    return await isKnownTarget(deps, wanted);
  } catch (failure) {
    deps.logger.warn("console: whose access is ended could not be looked up", { detail: String(failure) });
    return true;
  }
}

/**
 * Whether anything here has been known by what a revocation would name: a call in the decision log, an open approval, a
 * grant, or, for a person, an account of the console. A mistyped id would end nobody's access, and look as if it had.
 */
async function isKnownTarget(deps: KnownDeps, wanted: Target): Promise<boolean> {
  return isOpen(deps, wanted) || isPerson(deps, wanted) || (await hasCalled(deps, wanted));
}

function isOpen({ approvals, grants }: KnownDeps, wanted: Target): boolean {
  const revocation: Revocation = { ...wanted, id: "", reason: "", by: "", at: 0 };
  return [...approvals.list({ states: openStates, limit: most }), ...grants.list({ live: true, limit: most })].some(
    ({ binding }) => revokes(revocation, revocableBinding(binding)),
  );
}

function isPerson({ accounts }: KnownDeps, { kind, target, issuer }: Target): boolean {
  if (kind !== "subject" || issuer !== null) return false;
  const id = lookKey(target);
  return accounts.list().some(({ name, also }) => [name, ...also].some((other) => lookKey(other) === id));
}

async function hasCalled({ decisions }: KnownDeps, { kind, target, issuer }: Target): Promise<boolean> {
  const queries = kind === "session" ? [{ session: target }] : [{ subject: target }, { actingFor: target }];
  for (const query of queries) {
    const { rows } = await decisions.search({ ...query, limit: issuer === null ? 1 : mostRecords });
    if (rows.length > 0 && issuer === null) return true;
    for (const { decision_id } of rows) {
      const found = await decisions.get(decision_id);
      if (found !== null && isOfIssuer(found.decision["input"], issuer)) return true;
    }
  }
  return false;
}

/** A record whose input does not say the issuer, since it was masked, speaks for any. */
function isOfIssuer(input: unknown, wanted: string | null): boolean {
  const subject = isJsonObject(input) ? (input as { subject?: { properties?: { issuer?: unknown } } }).subject : {};
  const issuer = subject?.properties?.issuer;
  return typeof issuer !== "string" || wanted === null || bare(issuer) === bare(wanted);
}

function bare(issuer: string): string {
  return foldKey(issuer.replace(/\/$/, ""));
}
