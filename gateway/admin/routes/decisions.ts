import type { Express } from "express";
import { z } from "zod";
import { countFields, type DecisionField, decisionFields } from "../../domain/decision-fields.ts";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import { isJsonObject } from "../../lib/json.ts";
import type { DecisionQuery } from "../../domain/ports.ts";
import { rulesBehind } from "../approval-view.ts";
import type { ConsoleDeps } from "../deps.ts";
import { moment, readQuery, shortText, whole } from "../read-request.ts";

const filters = {
  ...(Object.fromEntries(decisionFields.map((field) => [field, shortText.optional()])) as Record<
    DecisionField,
    z.ZodOptional<typeof shortText>
  >),
  effect: z.enum(["allow", "deny", "hold"]).optional(),
  text: shortText.optional(),
  since: moment.optional(),
  until: moment.optional(),
};

const page = (most: number) => ({ limit: whole(1, most).default(50), after: shortText.optional() });

const searchQuery = z.strictObject({ ...filters, ...page(200) });
/** A record may be long. */
const recordsQuery = z.strictObject({ ...filters, ...page(50) });
const countQuery = z.strictObject({
  ...filters,
  by: z
    .string()
    .transform((text) => [...new Set(text.split(","))])
    .pipe(z.array(z.enum(countFields)).max(4))
    .optional(),
});

export function decisionRoutes(app: Express, deps: Pick<ConsoleDeps, "decisions" | "bundles" | "clock">): void {
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
    if (found === null) throw new Refusal("resource_unknown", { hint: "no decision with this id" });
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
