import type { Express } from "express";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import { isJsonObject } from "../../lib/json.ts";
import type { DecisionQuery } from "../../domain/ports.ts";
import { rulesBehind } from "../approval-view.ts";
import type { ConsoleDeps } from "../deps.ts";
import { countQuery, recordsQuery, searchQuery } from "../decision-queries.ts";
import { readQuery } from "../read-request.ts";

export function decisionRoutes(
  app: Express,
  deps: Pick<ConsoleDeps, "decisions" | "bundles" | "clock" | "gateway">,
): void {
  app.get("/api/decisions", async function searchDecisions(req, res) {
    const query = present(readQuery(req, searchQuery)) as unknown as DecisionQuery;
    res.json({ ...(await deps.decisions.search(query)), now: deps.clock.now() });
  });

  app.get("/api/decisions/records", async function decisionRecords(req, res) {
    res.json(await deps.decisions.records(present(readQuery(req, recordsQuery)) as unknown as DecisionQuery));
  });

  app.get("/api/decisions/counts", async function countDecisions(req, res) {
    const { by = [], ...query } = readQuery(req, countQuery);
    res.json(await deps.decisions.count(present(query), by));
  });

  app.get("/api/decisions/:id", async function showDecision(req, res) {
    const found = await deps.decisions.get(req.params.id);
    if (found === null)
      throw new Refusal("resource_unknown", {
        hint: `no decision with this id in the log of the gateway ${deps.gateway}`,
      });
    const active = deps.bundles.active();
    const rules = rulesBehind(rulesFired(found.decision), active);
    res.json({ ...found, rules, rules_revision: active?.revision ?? null, now: deps.clock.now() });
  });
}

/** Rules that the record names, from both places it names them in. */
function rulesFired(decision: JsonObject): string[] {
  const result = decision["result"];
  const reasons = isJsonObject(result) && Array.isArray(result["reasons"]) ? result["reasons"] : [];
  const named = [
    ...(Array.isArray(decision["rules"]) ? decision["rules"] : []),
    ...reasons.map((one) => isJsonObject(one) && one["rule"]),
  ];
  return named.filter((name): name is string => typeof name === "string");
}

/** Without the keys whose value is undefined. */
function present(query: object): object {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
