import type { Draft } from "../draft.ts";
import { present } from "../draft.ts";
import { mcpRouteId } from "../resolve-routes.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";

/** Names that must be unique, and routes that would compete for the same calls. */
export function checkDuplicates(draft: Draft): Finding[] {
  const routes = present(draft.routes);
  const users = draft.listeners?.console.login?.users ?? [];
  return [
    ...repeated(
      routes.flatMap(({ item, index }) => [
        { value: item.id, path: ["routes", index, "id"] },
        ...(item.tools.mcp === undefined
          ? []
          : [{ value: mcpRouteId(item.id), path: ["routes", index, "tools", "mcp"] }]),
      ]),
      (id) => `the id ${id} is used twice`,
    ),
    ...repeated(
      routes.flatMap(({ item: { host, prefix, tools }, index }) => [
        { value: `${host} ${prefix}`, path: ["routes", index, "prefix"] },
        ...(tools.mcp === undefined
          ? []
          : [{ value: `${host} ${tools.mcp}`, path: ["routes", index, "tools", "mcp"] }]),
      ]),
      (place) => `another route already has host and prefix ${place}`,
    ),
    ...repeatedIssuers(draft),
    ...repeated(
      present(draft.limits).map(({ item, index }) => ({ value: item.name, path: ["limits", index, "name"] })),
      (name) => `the name ${name} is used twice`,
    ),
    ...repeated(
      users.map((user, index) => ({
        value: user.name,
        path: ["listeners", "console", "login", "users", index, "name"],
      })),
      (name) => `the name ${name} is used twice`,
    ),
  ];
}

function repeatedIssuers(draft: Draft): Finding[] {
  const issuers = present(draft.issuers);
  return [
    ...repeated(
      issuers.map(({ item, index }) => ({ value: item.id, path: ["issuers", index, "id"] })),
      (id) => `the id ${id} is used twice`,
    ),
    // One server may issue signed tokens to some and opaque ones to others.
    ...(["jwt", "introspection"] as const).flatMap((kind) =>
      repeated(
        issuers.flatMap(({ item, index }) =>
          item.issuer === undefined || item.kind !== kind
            ? []
            : [{ value: item.issuer, path: ["issuers", index, "issuer"] }],
        ),
        (issuer) => `another issuer already has iss ${issuer}`,
      ),
    ),
    ...repeated(
      issuers.flatMap(({ item, index }) =>
        item.trust_domain === undefined
          ? []
          : [{ value: `${item.kind} ${item.trust_domain}`, path: ["issuers", index, "trust_domain"] }],
      ),
      (domain) => `another issuer is already ${domain}`,
    ),
  ];
}

function repeated(
  entries: readonly { readonly value: string; readonly path: Path }[],
  message: (value: string) => string,
): Finding[] {
  const seen = new Set<string>();
  return entries.flatMap(({ value, path }) => {
    if (seen.has(value)) return [{ path, at: "value" as const, message: message(value) }];
    seen.add(value);
    return [];
  });
}
