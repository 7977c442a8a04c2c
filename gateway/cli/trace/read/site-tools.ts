import { z } from "zod";
import { documents } from "../../../bundles/data/documents.ts";
import { isJsonObject, type JsonObject } from "../../../lib/json.ts";

/** `tools.yaml` beside the sessions: what an operator would say about the tools in them. */
export const toolsSchema = z.strictObject({
  servers: documents.catalog,
  inside: z.array(z.string().min(1)).prefault([]),
  hosts_opt_in: z.boolean().optional(),
  people: z.record(z.string(), z.array(z.string().min(1))).optional(),
  approval: z.enum(["always", "tainted"]).optional(),
});

export interface SiteTools {
  /** server → tool → facts, as `data.sallyport.catalog`. */
  readonly catalog: JsonObject;
  /** `data.sallyport.site`: its own mail domains and hosts, and under which names servers know its people. */
  readonly site: JsonObject;
  /** When what cannot be undone is asked about, as in `data.sallyport.approvers`; null: as the policy does by itself. */
  readonly approval: "always" | "tainted" | null;
}

export function siteToolsOf(values: z.output<typeof toolsSchema>): SiteTools {
  const { servers, approval, ...site } = values;
  const stated = Object.entries(site).filter(([, value]) => value !== undefined);
  return { catalog: servers as JsonObject, site: Object.fromEntries(stated) as JsonObject, approval: approval ?? null };
}

/** The role that every agent of a replay has. */
export const agentRole = "replayed-agent";

/** The one of the people who are asked. */
const approverRole = "replay-approver";

/**
 * The policy's data with the site of the sessions over it: its catalog, its own domains, whom to ask about its tools, and
 * one role that is entitled to all of them, since a replay is about the other rules.
 */
export function dataOfSite(data: JsonObject, { catalog, site, approval }: SiteTools): JsonObject {
  const servers = Object.keys(catalog);
  const sallyport = objectAt(data, "sallyport");
  return {
    ...data,
    sallyport: {
      ...sallyport,
      catalog: { ...objectAt(sallyport, "catalog"), ...catalog },
      site: { hosts_opt_in: false, ...objectAt(sallyport, "site"), ...site },
      entitlements: { ...objectAt(sallyport, "entitlements"), [agentRole]: ofEach(servers, everyTool) },
      approvers: { ...objectAt(sallyport, "approvers"), ...ofEach(servers, approversOf(approval)) },
    },
  };
}

const everyTool: JsonObject = { tools: { "*": true }, methods: {} };

function approversOf(approval: SiteTools["approval"]): JsonObject {
  const when = approval === null ? {} : { when: approval };
  return { role: approverRole, count: 1, approve_within: 900, execute_within: 300, justification: false, ...when };
}

function ofEach(servers: readonly string[], value: JsonObject): JsonObject {
  return Object.fromEntries(servers.map((server) => [server, value] as const));
}

function objectAt(value: JsonObject, name: string): JsonObject {
  const inner = value[name];
  return isJsonObject(inner) ? inner : {};
}
