import type { Obligation } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { Credentials, CredentialWish } from "../../domain/ports.ts";
import type { Awaitable } from "../../lib/awaitable.ts";
import { firstHeader } from "../../lib/request-headers.ts";
import { type Injection, noInjection, planInjection } from "./injection.ts";

type InjectDuty = Extract<Obligation, { type: "inject_credential" }>;

/** What a call carries upstream: the credential of its route, and those that obligations name, each as narrow as all of them say. */
export type MakeInjection = (evaluated: EvaluatedCall, duties: readonly InjectDuty[]) => Awaitable<Injection>;

/**
 * Makes credentials for the calls of one exchange, before an approval is used up for them.
 * @throws Refusal credential_unavailable, credential_not_connected, credential_conflict, obligation_failed, client_gone
 */
export function makeInjection(
  credentials: Credentials,
  exchange: Pick<Exchange, "req" | "credentials" | "connection">,
): MakeInjection {
  return function make(evaluated, duties) {
    const wanted = wantedBy(evaluated, duties);
    return wanted.size === 0 ? noInjection : obtained(wanted, evaluated);
  };

  async function obtained(wanted: ReadonlyMap<string, Narrow>, evaluated: EvaluatedCall): Promise<Injection> {
    const { call, subject, facts } = evaluated;
    const about = {
      call,
      subject,
      session: facts.session,
      task: facts.task,
      callerToken: () => tokenOf(exchange),
    };
    const made = await Promise.all(
      [...wanted].map(async ([name, narrow]) => ({
        name,
        ...(await credentials.obtain(name, { ...about, ...narrow })),
      })),
    );
    // Nothing is executed for a caller that left meanwhile, and no approval is used up for it.
    if (exchange.connection.aborted) throw new Refusal("client_gone");
    return planInjection(call, made);
  }
}

type Narrow = Pick<CredentialWish, "scope" | "resource" | "ttlS">;
const asConfigured: Narrow = { scope: null, resource: null, ttlS: null };

function wantedBy({ call }: EvaluatedCall, duties: readonly InjectDuty[]): ReadonlyMap<string, Narrow> {
  const wanted = new Map<string, Narrow>();
  const { credential } = call.route;
  // A question about a task is answered here; what it sends upstream is a call of its own.
  if (typeof credential === "string" && call.resourceType !== "task") wanted.set(credential, asConfigured);
  for (const duty of duties) wanted.set(duty.credential, narrowed(wanted.get(duty.credential) ?? asConfigured, duty));
  return wanted;
}

function narrowed(before: Narrow, { credential, scope, resource, ttl }: InjectDuty): Narrow {
  if (before.resource !== null && resource !== undefined && before.resource !== resource)
    throw new Refusal("obligation_failed", { hint: `credential ${credential} for two resources` });
  const both = scope === undefined ? before.scope : (before.scope?.filter((one) => scope.includes(one)) ?? scope);
  // Asked for nothing, an authorization server gives its default, which is wider than either.
  if (both?.length === 0)
    throw new Refusal("obligation_failed", { hint: `credential ${credential} for scopes with nothing in common` });
  return {
    scope: both,
    resource: resource ?? before.resource,
    ttlS: ttl === undefined ? before.ttlS : Math.min(ttl, before.ttlS ?? ttl),
  };
}

/** Of the request whose credential was checked. */
function tokenOf({ req, credentials = req }: Pick<Exchange, "req" | "credentials">): string | null {
  return /^\S+ (\S+)$/.exec(firstHeader(credentials.rawHeaders, "authorization") ?? "")?.[1] ?? null;
}
