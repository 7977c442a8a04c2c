import { isLoopback } from "../../net/addresses.ts";
import type { Draft } from "../draft.ts";
import { present } from "../draft.ts";
import type { Finding } from "../../lib/yaml-places.ts";
import { oneIntrospectionIssuer, unknownIssuers } from "./routes.ts";

const section = ["authzen"];

export function checkAuthzen(draft: Draft): Finding[] {
  const { authzen } = draft;
  if (authzen === null) return [];
  return [
    ...nobody(authzen),
    ...hooks(draft),
    ...unknownIssuers(authzen.issuers, section, draft),
    ...oneIntrospectionIssuer(authzen.issuers, section, draft),
    ...audience(draft),
    ...sameAudience(draft),
    ...ownPath(draft),
    ...callbacks(authzen.callbacks),
  ];
}

function nobody({ issuers, hooks: own }: NonNullable<Draft["authzen"]>): Finding[] {
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
  const shared = own.audience !== undefined && own.audience === draft.authzen?.audience;
  const message = "needs at least one issuer, or a section authorization; else no agent could be identified";
  const isAnybody = own.issuers.length > 0 || draft.hasAuthorization;
  return [
    ...(isAnybody ? [] : [{ path: [...path, "issuers"], at: "value" as const, message }]),
    ...addressed(draft, own.audience, path),
    ...unknownIssuers(own.issuers, path, draft),
    ...oneIntrospectionIssuer(own.issuers, path, draft),
    ...taken.map(() => ({
      path: [...path, "server"],
      at: "value" as const,
      message: "is the server of a route too; what clients execute themselves needs a name of its own",
    })),
    ...(shared
      ? [{ path: [...path, "audience"], at: "value" as const, message: "is the audience of enforcement points too" }]
      : []),
  ];
}

function audience(draft: Draft): Finding[] {
  return addressed(draft, draft.authzen?.audience, section);
}

function addressed({ listeners }: Draft, named: string | undefined, path: readonly string[]): Finding[] {
  const agents = listeners?.agents;
  if (named !== undefined || agents === undefined || agents.public_url !== undefined || agents.port !== 0) return [];
  const message = "is required when the agents listener takes any free port and has no public_url";
  return [{ path: [...path, "audience"], at: "value", message }];
}

/** A token for a tool must not work for questions about other callers. */
function sameAudience({ authzen, routes }: Draft): Finding[] {
  return present(routes)
    .filter(({ item }) => item.audience !== undefined && item.audience === authzen?.audience)
    .map(() => ({
      path: [...section, "audience"],
      at: "value" as const,
      message: "is the audience of a route too; enforcement points need one of their own",
    }));
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

function callbacks({ allow, secret }: NonNullable<Draft["authzen"]>["callbacks"]): Finding[] {
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
