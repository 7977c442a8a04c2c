import { createAuthorize } from "../authorize/create-authorize.ts";
import type { AuthorizedRoute } from "../authorize/deps.ts";
import { serverMetadata } from "../authorize/metadata.ts";
import type { AuthorizationSettings } from "../domain/authorization.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Route } from "../domain/route.ts";
import { createKeySet, loadKeys } from "../identify/token/key-set.ts";
import { fileTiming } from "../identify/token/verify-token.ts";
import { checkedFetch } from "../net/checked-fetch.ts";
import { ownRequests } from "../parse/body.ts";
import { authorizationStore } from "../store/authorizations.ts";
import { registeredClientStore } from "../store/registered-clients.ts";
import type { Gateway } from "./compose.ts";

/** The gateway as authorization server. */
interface Authorization {
  /** Everything under /oauth. */
  readonly answer: (exchange: Exchange) => Promise<void>;
  /** What it publishes about itself. */
  readonly metadata: { find(host: string, path: string): object | null };
}

/** Of a client's document: these are small. */
const documentLimits = { timeoutMs: 10_000, maxBytes: 16 * 1024 };

/** Null where the configuration does not ask for it. */
export function openAuthorization(parts: Gateway): Authorization | null {
  const { config, clock, logger, state } = parts;
  const settings = config.authorization;
  if (settings === null) return null;
  const store = authorizationStore(state.connection);
  const routes = config.routes.filter(({ issuers }) => issuers.includes(settings.issuer));
  // The hooks of clients ask with tokens of the same people.
  const hooks = config.authzen === null || config.authzen.hooks === null ? [] : [config.authzen.hooks.route];
  const answer = createAuthorize({
    settings,
    store,
    clock,
    logger,
    ids: parts.ids,
    secret: config.secret,
    routes: [
      ...routes.map((route) => authorizedRoute(route, settings)),
      ...hooks.map((route) => ({ ...authorizedRoute(route, settings), isOwn: true })),
    ],
    registered: registeredClientStore(state.connection),
    accounts: parts.people.accounts,
    checkPassword: parts.people.checkPassword,
    keys: parts.identity.tasks.keys,
    assertionIssuers: assertionIssuers(settings, parts),
    fetchDocument: checkedFetch({ ...(settings.documents ?? noDocuments), ...documentLimits }),
    revocations: parts.approvals.revocations,
    maxProofs: config.listeners.agents.limits.proofs,
    sharedProofs: parts.proofs?.shared ?? null,
    ...readers(settings.route, parts),
  });
  const metadata = serverMetadata(
    settings,
    routes.map(({ prefix }) => prefix),
  );
  return { answer, metadata };
}

const noDocuments = { addresses: new Set<never>(), caFile: null };

/** As the protected-resource metadata names it. */
function authorizedRoute(
  { id, server, audience, host, prefix }: Route,
  { issuer }: AuthorizationSettings,
): AuthorizedRoute {
  const origin = host === "*" ? issuer : `${issuer.slice(0, issuer.indexOf("://"))}://${host}`;
  return { id, server, audience, resource: prefix === "/" ? origin : `${origin}${prefix}` };
}

function assertionIssuers({ assertions }: AuthorizationSettings, { clock, logger }: Gateway) {
  return new Map(
    assertions.map(({ issuer, keys }) => {
      const timing = keys.kind === "url" ? keys : fileTiming;
      return [issuer, { keySet: createKeySet(loadKeys(keys), timing, { clock, logger, issuer }) }] as const;
    }),
  );
}

/** Pages are asked by this origin's own pages, the endpoints for programs by any. */
function readers(route: Route, { config, connections }: Gateway) {
  const options = { ...config.listeners.agents.limits, connections };
  const open = { ...route, origins: ["*"], methods: new Set([...route.methods, "OPTIONS"]) };
  return { read: ownRequests(route, options), readOpen: ownRequests(open, options) };
}
