import type { ConsoleLogin } from "../admin/deps.ts";
import type { Config } from "../config/config.ts";
import { type AccountStore, isVouchedFor } from "../domain/account.ts";
import type { Clock, FindingSource, PasskeyStore, People, Ids, Logger } from "../domain/ports.ts";
import { authorizationStore } from "../store/authorizations.ts";
import { accountStore, passkeyStore } from "../store/accounts.ts";
import type { AnyConnection } from "../store/engines.ts";
import type { Route } from "../domain/route.ts";
import type { Subject } from "../domain/subject.ts";
import { type CertificateTrust, certificateTrust } from "../identify/certificate/trust.ts";
import { createIdentify, type Identify } from "../identify/create-identify.ts";
import { type TaskCallers, taskCallers } from "../identify/task-token/task-callers.ts";
import type { TaskTokenSource } from "../identify/task-token/claims.ts";
import { type AssertGrant, createAssertGrant } from "../identify/ended-grant.ts";
import { TaskKeys } from "../identify/task-token/task-keys.ts";
import { TaskTokens } from "../identify/task-token/task-tokens.ts";
import { type CheckPassword, passwordCheck } from "../sign-in/passwords.ts";
import { leaseKeyStore } from "../store/kept-keys.ts";
import type { SentTokens } from "../identify/token/sent-tokens.ts";
import type { Approvals } from "./open-approvals.ts";
import type { OpenProofs } from "./open-proofs.ts";
import { type ResourceMetadata, resourceMetadata } from "../identify/resource-metadata.ts";

export interface Identity extends FindingSource {
  readonly identify: Identify;
  /** What is published about the routes (RFC 9728). */
  readonly metadata: ResourceMetadata;
  /** Public origin of a route; null while the address is not known. */
  readonly originOf: (route: Route) => string | null;
  /** Whose client certificates the TLS listener asks for. */
  readonly trust: CertificateTrust;
  readonly tasks: TaskIdentity;
}

/** The gateway as an issuer of tokens of tasks. */
interface TaskIdentity {
  readonly tokens: TaskTokens;
  readonly keys: TaskKeys;
  /** `iss` of these tokens; null while the address is not known. */
  readonly issuer: () => string | null;
  /** What vouched for a caller that was identified. */
  readonly sourceOf: (subject: Subject) => TaskTokenSource;
  /** Who asks for something about tasks; see `taskCallers`. */
  readonly callerOf: TaskCallers;
}

interface IdentityDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly address: ListenerAddress;
  readonly sentTokens: SentTokens;
  readonly proofs: OpenProofs | null;
  readonly approvals: Pick<Approvals, "revocations">;
}

/** Who may call: identification, what it publishes about itself, and whom the TLS listener asks it about. */
export function openIdentity(config: Config, connection: AnyConnection, deps: IdentityDeps): Identity {
  const { clock, ids, logger, address, sentTokens, proofs } = deps;
  const { issuers, routes, secret } = config;
  const { tls, limits } = config.listeners.agents;
  const originOf = (route: Route) => publicOrigin(address.url, route);
  const trust = certificateTrust(issuers, tls?.clientCaFile ?? null, logger);
  const clientCertificates = tls?.requestClientCertificate === true;
  const metadata = resourceMetadata({ routes, issuers, originOf, clientCertificates });
  const maxProofs = limits.proofs;
  const keys = new TaskKeys(leaseKeyStore(connection), clock);
  const issuer = (): string | null => (address.url === null ? null : `${address.url}/tasks`);
  const workloads = issuers.filter(({ kind }) => kind === "spiffe-x509");
  const tasks = new TaskTokens({ keys, clock, logger, issuer, workloads });
  const known = {
    clock,
    ids,
    logger,
    issuers,
    originOf,
    trust,
    metadata,
    secret,
    maxProofs,
    sharedProofs: proofs?.shared ?? null,
    ...ownGrants(config, connection, deps),
  };
  const { identify, sourceOf, findings } = createIdentify({
    ...known,
    sentTokens,
    tasks,
    ownKeys: () => keys.published(),
  });
  const callerOf = taskCallers(identify, config.tasks.route, routes);
  return { identify, findings, metadata, originOf, trust, tasks: { tokens: tasks, keys, issuer, sourceOf, callerOf } };
}

/** Nothing where the gateway gives out no tokens. */
function ownGrants(
  { authorization }: Config,
  connection: AnyConnection,
  { approvals: { revocations }, clock }: IdentityDeps,
): { readonly assertGrant?: AssertGrant } {
  if (authorization === null) return {};
  const store = authorizationStore(connection);
  const hasEnded = (digest: string) => store.accessEnded(digest, clock.now());
  return { assertGrant: createAssertGrant({ issuer: authorization.issuer, revocations, hasEnded }) };
}

/** A route with a host of its own is reached by that name, in the scheme of the listener. */
function publicOrigin(url: string | null, route: Route): string | null {
  if (url === null || route.host === "*") return url;
  return `${url.slice(0, url.indexOf("://"))}://${route.host}`;
}

/** Where agents reach the gateway. With port 0 and no `public_url` that is known once the listener is bound. */
export class ListenerAddress {
  #url: string | null;

  constructor(publicUrl: string | null) {
    this.#url = publicUrl;
  }

  /** scheme://host[:port]; null while it is not known. */
  get url(): string | null {
    return this.#url;
  }

  /** What was bound; a `public_url` of the configuration stays. */
  bound(url: string): void {
    this.#url ??= url;
  }
}

export interface KnownPeople {
  readonly accounts: AccountStore;
  readonly passkeys: PasskeyStore;
  readonly people: People;
  readonly login: ConsoleLogin;
  readonly checkPassword: CheckPassword;
}

/** Those who may sign in, how they do, and what is known of them today. */
export function openPeople(
  config: Config,
  connection: AnyConnection,
  deps: { readonly clock: Clock; readonly ids: Ids; readonly logger: Logger },
): KnownPeople {
  const { clock } = deps;
  const accounts = accountStore(connection);
  const login = loginOf(config);
  return {
    accounts,
    passkeys: passkeyStore(connection),
    people: accountPeople(accounts, clock, login.provider?.rolesForMs ?? 0),
    login,
    checkPassword: passwordCheck({ ...deps, accounts }),
  };
}

function loginOf({ listeners, secret }: Config): ConsoleLogin {
  const { login } = listeners.console;
  return {
    passwords: (login?.users ?? []).length > 0,
    provider: login?.oidc ?? null,
    secret,
    stepUpMs: login?.stepUpMs ?? 0,
  };
}

/**
 * People as the accounts know them today, by account id: nobody is whom the configuration no longer names, and whom the
 * provider gives no role or has not vouched for lately. `providerForMs`: how long what it said counts.
 */
export function accountPeople(accounts: Pick<AccountStore, "get">, clock: Clock, providerForMs: number): People {
  return {
    async current(id) {
      const account = await accounts.get(id);
      return account !== null && isVouchedFor(account, clock.now(), providerForMs) ? account : null;
    },
  };
}
