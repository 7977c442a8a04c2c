import type { Express } from "express";
import type { ConsoleDeps } from "../deps.ts";

export function policyRoutes(app: Express, deps: Pick<ConsoleDeps, "bundles" | "clock" | "health">): void {
  app.get("/api/policy", function showPolicy(_req, res) {
    res.json({ ...deps.bundles.status(), rules: deps.bundles.active()?.rules ?? [], now: deps.clock.now() });
  });
  app.get("/api/health", async function showHealth(_req, res) {
    res.json({ ...(await deps.health()), policy: deps.bundles.status(), now: deps.clock.now() });
  });
}
