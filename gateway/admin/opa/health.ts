import type { Express, Request } from "express";

/** What OPA's health API says of the policy. */
export interface OpaHealth {
  /** Names of bundles of bundle services that have never been active since the start, sorted. */
  readonly notActivated: readonly string[];
  readonly plugins: Readonly<Record<string, { readonly state: "OK" | "NOT_READY" }>>;
}

/**
 * OPA's health API (https://www.openpolicyagent.org/docs/rest-api#health-api), in its statuses and words, for probes and load balancers
 * that know OPA. Like /readyz it needs no session and answers under any Host.
 */
export function opaHealthRoute(app: Express, health: () => OpaHealth): void {
  app.get("/health", function showOpaHealth({ query }, res) {
    const problem = problemOf(health(), query);
    res.status(problem === null ? 200 : 500).json(problem === null ? {} : { error: problem });
  });
}

function problemOf({ notActivated, plugins }: OpaHealth, query: Request["query"]): string | null {
  if ((isWanted(query["bundles"]) || isWanted(query["bundle"])) && notActivated.length > 0)
    return `one or more bundles are not activated: ${notActivated.join(", ")}`;
  if (!isWanted(query["plugins"])) return null;
  const excluded = valuesOf(query["exclude-plugin"]);
  const isDown = Object.entries(plugins).some(([name, { state }]) => state !== "OK" && !excluded.includes(name));
  return isDown ? "one or more plugins are not up" : null;
}

/** A parameter without a value counts, as does any value `true`. */
function isWanted(value: unknown): boolean {
  return value === "" || valuesOf(value).some((one) => one.toLowerCase() === "true");
}

function valuesOf(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === "string");
}
