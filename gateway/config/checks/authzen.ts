import { isLoopback } from "../../net/addresses.ts";
import { ownPrefixes } from "../audiences.ts";
import type { Draft } from "../draft.ts";
import { present } from "../draft.ts";
import type { Finding } from "../../lib/yaml-places.ts";
import {
  audienceInForce,
  missingAudience,
  routeAudiences,
  sharedAudience,
  type TakenAudience,
} from "./own-audience.ts";
import { oneIntrospectionIssuer, unknownIssuers } from "./routes.ts";

const section = ["authzen"];

type Authzen = NonNullable<Draft["authzen"]>;

export function checkAuthzen(draft: Draft): Finding[] {
  const { authzen } = draft;
  if (authzen === null) return [];
  return [
    ...nobody(authzen),
    ...hooks(draft),
    ...unknownIssuers(authzen.issuers, section, draft),
    ...oneIntrospectionIssuer(authzen.issuers, section, draft),
    ...audience(authzen, draft),
    ...ownPath(draft),
    ...callbacks(authzen.callbacks),
  ];
}

function nobody({ issuers, hooks: own }: Authzen): Finding[] {
  if (issuers.length > 0 || own !== undefined) return [];
  const message = "needs at least one issuer; without one nobody could be identified";
  return [{ path: [...section, "issuers"], at: "value", message }];
}

/** The clients of agents, which ask about themselves. */
function hooks(draft: Draft): Finding[] {
  const own = draft.authzen?.hooks;
  if (own === undefined) return [];
  const path = [...section, "hooks"];
  const taken = present(draft.routes).filter(({ item }) => item.server === own.server);
  const endpoint = { section: path, audience: own.audience, prefix: ownPrefixes.hooks };
  const message = "needs at least one issuer, or a section authorization; else no agent could be identified";
  const isAnybody = own.issuers.length > 0 || draft.hasAuthorization;
  return [
    ...(isAnybody ? [] : [{ path: [...path, "issuers"], at: "value" as const, message }]),
    ...missingAudience(endpoint, draft),
    ...unknownIssuers(own.issuers, path, draft),
    ...oneIntrospectionIssuer(own.issuers, path, draft),
    ...taken.map(() => ({
      path: [...path, "server"],
      at: "value" as const,
      message: "is the server of a route too; what clients execute themselves needs a name of its own",
    })),
    ...sharedAudience(endpoint, authzenAudiences(draft).slice(0, 1), draft, "agents need another one"),
  ];
}

/** A token for a tool must not work for questions about other callers. */
function audience({ audience: named }: Authzen, draft: Draft): Finding[] {
  const endpoint = { section, audience: named, prefix: ownPrefixes.authzen };
  return [
    ...missingAudience(endpoint, draft),
    ...sharedAudience(
      endpoint,
      routeAudiences(draft, ownPrefixes.authzen),
      draft,
      "enforcement points need one of their own",
    ),
  ];
}

/** Of the endpoints that are there. */
export function authzenAudiences(draft: Draft): TakenAudience[] {
  const { authzen } = draft;
  if (authzen === null) return [];
  const { audience: named, hooks: own } = authzen;
  const audience = audienceInForce({ audience: named, prefix: ownPrefixes.authzen }, draft);
  const ofHooks = own && audienceInForce({ audience: own.audience, prefix: ownPrefixes.hooks }, draft);
  return [{ audience, of: "authzen" }, ...(ofHooks === undefined ? [] : [{ audience: ofHooks, of: "authzen.hooks" }])];
}

/** A route at these paths would never be reached. */
function ownPath({ routes }: Draft): Finding[] {
  return present(routes)
    .filter(({ item }) => item.prefix === "/access" || item.prefix.startsWith("/access/"))
    .map(({ index }) => ({
      path: ["routes", index, "prefix"],
      at: "value" as const,
      message: "/access belongs to the gateway itself when there is a section authzen",
    }));
}

function callbacks({ allow, secret }: Authzen["callbacks"]): Finding[] {
  const found: Finding[] = allow.flatMap((url, index) => {
    const { protocol, hostname, search } = new URL(url);
    const at = { path: [...section, "callbacks", "allow", index], at: "value" as const };
    return [
      ...(protocol === "https:" || isLoopback(hostname) ? [] : [{ ...at, message: "callbacks go to https" }]),
      ...(search === "" ? [] : [{ ...at, message: "must not have a query" }]),
    ];
  });
  if (allow.length === 0 || secret !== undefined) return found;
  const message = "is required: receivers of callbacks must be able to verify the sender";
  return [...found, { path: [...section, "callbacks", "secret"], at: "value", message }];
}
