import { didYouMean } from "../../lib/did-you-mean.ts";
import type { Finding } from "../../lib/yaml-places.ts";
import { type Draft, present } from "../draft.ts";
import { mcpRouteId } from "../resolve-routes.ts";
import { ownPrefix } from "./task-text.ts";

/** What is said of a server must be said of an MCP route, and no route may have the registry's paths. */
export function checkRegistry(draft: Draft): Finding[] {
  const { registry } = draft;
  if (registry === null) return [];
  const ids = present(draft.routes).flatMap(({ item: { id, protocol, tools } }) => [
    ...(protocol === "mcp" ? [id] : []),
    ...(tools.mcp === undefined ? [] : [mcpRouteId(id)]),
  ]);
  const unknown = Object.keys(registry.servers).filter((id) => !ids.includes(id));
  return [
    ...unknown.map((id) => ({
      path: ["registry", "servers", id],
      at: "key" as const,
      message: `no mcp route has the id ${id}${didYouMean(id, ids)}`,
    })),
    ...ownPrefix("/v0.1", "there is a registry", draft),
  ];
}
