import { isNameable } from "../../domain/header-names.ts";
import { ownPathOf } from "../../domain/route.ts";
import { literalClass, isLoopback } from "../../net/addresses.ts";
import { type Draft, type RouteValues, present } from "../draft.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { isAuthorizedHere } from "../authorized-here.ts";
import { missingAudience } from "./own-audience.ts";
import { readOpenapi } from "../resolve-routes.ts";

export function checkRoutes(draft: Draft): Finding[] {
  return present(draft.routes).flatMap(({ item, index }) => {
    const path = ["routes", index];
    return [
      ...ownPath(item, path),
      ...trusted(item, path, draft),
      ...oneIntrospectionIssuer(item.issuers, path, draft),
      ...missingAudience({ section: path, audience: item.audience }, draft),
      ...upstream(item, path),
      ...requestHeaders(item, path),
      ...contents(item, path, draft),
      ...openapiDocument(item, path, draft.folder),
      ...toolOffer(item, [...path, "tools"]),
    ];
  });
}

function ownPath(route: RouteValues, path: Path): Finding[] {
  const own = ownPathOf(route.prefix);
  if (own === undefined) return [];
  return [{ path: [...path, "prefix"], at: "value", message: `${own} belongs to the gateway itself` }];
}

function trusted(route: RouteValues, path: Path, draft: Draft): Finding[] {
  if (route.issuers.length === 0) {
    if (isAuthorizedHere(route, draft.hasAuthorization)) return [];
    return [
      {
        path: [...path, "issuers"],
        at: "value",
        message: "a route needs at least one issuer; without one nobody could be identified",
      },
    ];
  }
  return unknownIssuers(route.issuers, path, draft);
}

export function unknownIssuers(issuers: readonly string[], path: Path, draft: Draft): Finding[] {
  return issuers.flatMap((id, index) => {
    if (draft.issuerIds.includes(id)) return [];
    return [
      {
        path: [...path, "issuers", index],
        at: "value" as const,
        message: `no issuer has the id ${id}${didYouMean(id, draft.issuerIds)}`,
      },
    ];
  });
}

/** An opaque token does not name its issuer, and introspection at another issuer would reveal the token to it. */
export function oneIntrospectionIssuer(issuers: readonly string[], path: Path, draft: Draft): Finding[] {
  const introspecting = present(draft.issuers)
    .filter(({ item }) => item.kind === "introspection")
    .map(({ item }) => item.id);
  const [, second] = issuers.filter((id) => introspecting.includes(id));
  if (second === undefined) return [];
  const at = issuers.indexOf(second);
  return [
    {
      path: [...path, "issuers", at],
      at: "value",
      message: `a route can have one issuer of kind introspection; ${second} is the second`,
    },
  ];
}

function upstream(route: RouteValues, path: Path): Finding[] {
  if (route.upstream.origin === undefined) return [];
  const url = new URL(route.upstream.origin);
  const at = { path: [...path, "upstream", "origin"], at: "value" as const };
  const found: Finding[] = [];
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !route.upstream.allow_insecure) {
    found.push({
      ...at,
      message: "plain http beyond loopback lets others read and change calls; use https, or say allow_insecure: true",
    });
  }
  const needed = url.hostname === "localhost" ? "loopback" : literalClass(url.hostname);
  if (needed !== null && needed !== "public" && !route.upstream.allow_addresses.includes(needed)) {
    found.push({
      ...at,
      message: `${url.hostname} is a ${needed} address; say allow_addresses: [${needed}] to allow it`,
    });
  }
  return found;
}

function requestHeaders({ upstream: { request_headers } }: RouteValues, path: Path): Finding[] {
  return request_headers.flatMap((named, index) => {
    if (isNameable(named)) return [];
    const message = `${named} is never forwarded as callers send it: it is the gateway's own, a credential, or says who or where the caller is`;
    return [{ path: [...path, "upstream", "request_headers", index], at: "value" as const, message }];
  });
}

function contents(route: RouteValues, path: Path, draft: Draft): Finding[] {
  const found: Finding[] = [];
  if (route.protocol === "mcp" && route.openapi !== undefined) {
    found.push({
      path: [...path, "openapi"],
      at: "key",
      message: "an mcp route names its tools itself; remove openapi",
    });
  }
  if (route.protocol === "mcp" && route.body.policy === "omit") {
    found.push({
      path: [...path, "body", "policy"],
      at: "value",
      message: "an mcp route cannot be judged unread; use read",
    });
  }
  if (route.body.policy === "read") {
    route.body.accept.forEach((type, index) => {
      if (!type.startsWith("multipart/")) return;
      const message = "policy cannot read the parts of a multipart body; say policy: omit to forward them unread";
      found.push({ path: [...path, "body", "accept", index], at: "value", message });
    });
  }
  if (route.credential !== undefined && !draft.credentialNames.includes(route.credential)) {
    const hint = didYouMean(route.credential, draft.credentialNames);
    found.push({
      path: [...path, "credential"],
      at: "value",
      message: `no credential has the name ${route.credential}${hint}`,
    });
  }
  return found;
}

function openapiDocument({ openapi }: RouteValues, path: Path, folder: string): Finding[] {
  if (openapi === undefined) return [];
  try {
    readOpenapi(folder, openapi);
    return [];
  } catch (failure) {
    return [{ path: [...path, "openapi"], at: "value", message: (failure as Error).message }];
  }
}

function toolOffer({ protocol, tools, openapi }: RouteValues, path: Path): Finding[] {
  const found: Finding[] = [];
  const refuse = (option: string, message: string): void =>
    void found.push({ path: [...path, option], at: "value", message });
  if (tools.mcp !== undefined && (protocol !== "http" || openapi === undefined))
    refuse("mcp", "only an http route with openapi has operations to offer as tools; remove it");
  if (tools.offer === "search" && protocol !== "mcp" && tools.mcp === undefined)
    refuse("offer", "only an mcp route, or an http route with tools.mcp, has a list of tools; remove it");
  if (tools.offer === "search" && tools.search_as === tools.call_as)
    refuse("call_as", "two tools cannot have one name");
  const own = tools.mcp === undefined ? undefined : ownPathOf(tools.mcp);
  if (own !== undefined) refuse("mcp", `${own} belongs to the gateway itself`);
  return found;
}
