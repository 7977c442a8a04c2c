import type { Express } from "express";
import type { ConsoleDeps } from "../deps.ts";

/**
 * For orchestrators and Prometheus: no session, and any Host, since both call by address.
 * They tell how the gateway is, never what anybody called.
 */
export function probeRoutes(app: Express, deps: Pick<ConsoleDeps, "health" | "metrics">): void {
  app.get("/livez", function live(_req, res) {
    res.json({ alive: true });
  });
  app.get(["/readyz", "/healthz"], async function ready(_req, res) {
    const report = await deps.health();
    res.status(report.ready ? 200 : 503).json(report);
  });
  app.get("/metrics", async function metrics(_req, res) {
    res.type("text/plain; version=0.0.4; charset=utf-8").send(await deps.metrics());
  });
}
