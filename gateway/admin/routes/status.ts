import type { Express, Request } from "express";
import { z } from "zod";
import type { MetricsFormat } from "../../domain/ports.ts";
import type { ConsoleDeps } from "../deps.ts";
import { opaHealthRoute } from "../opa/health.ts";
import { readBody, readQuery, whole } from "../read-request.ts";
import { sessionOf } from "../browser-sessions.ts";

type PublicDeps = Pick<ConsoleDeps, "health" | "opaHealth" | "metrics" | "receiptKeys">;

/**
 * For orchestrators, Prometheus, and whoever checks a receipt: no session, and any Host, since they call by address.
 * They say how the gateway is and what receipts are signed with, never what anybody called.
 */
export function publicStatusRoutes(app: Express, deps: PublicDeps): void {
  app.get("/livez", function live(_req, res) {
    res.json({ alive: true });
  });
  app.get(["/readyz", "/healthz"], async function ready(_req, res) {
    const report = await deps.health();
    res.status(report.ready ? 200 : 503).json(report);
  });
  opaHealthRoute(app, deps.opaHealth);
  app.get("/metrics", async function metrics(req, res) {
    const { type, text } = await deps.metrics(metricsFormat(req));
    res.type(type).vary("Accept").send(text);
  });
  app.get("/.well-known/sallyport/approval-keys.json", function showReceiptKeys(_req, res) {
    res.type("application/jwk-set+json").send(JSON.stringify(deps.receiptKeys));
  });
}

const openMetrics = "application/openmetrics-text; version=1.0.0";

/**
 * OpenMetrics for whoever prefers it, as Prometheus does, and the format that everything reads for all others. No name here needs escaping, so
 * that every way of it that Prometheus 3 names is kept.
 */
function metricsFormat(req: Request): MetricsFormat {
  const { accept } = req.headers;
  if (accept !== undefined) req.headers.accept = accept.replaceAll(/;\s*escaping=[^;,]*/g, "");
  return req.accepts(["text/plain; version=0.0.4", openMetrics]) === openMetrics ? "openmetrics" : "prometheus";
}

/** What is wrong now. */
export function statusRoutes(app: Express, deps: Pick<ConsoleDeps, "bundles" | "clock" | "health" | "breakers">): void {
  app.get("/api/health", async function showHealth(_req, res) {
    const [policy, breakers] = [deps.bundles.status(), deps.breakers()];
    res.json({ ...(await deps.health()), policy, breakers, now: deps.clock.now() });
  });
}

const listQuery = z.strictObject({ limit: whole(1, 500).default(100) });

/** How people are told of held calls, and which messages never reached them. */
export function channelRoutes(app: Express, { channels, clock }: Pick<ConsoleDeps, "channels" | "clock">): void {
  app.get("/api/channels", async function listChannels(_req, res) {
    res.json({ items: await channels.channels(), now: clock.now() });
  });

  app.get("/api/channels/dead-letters", async function listDeadLetters(req, res) {
    const { limit } = readQuery(req, listQuery);
    res.json({ items: await channels.deadLetters(limit), now: clock.now() });
  });

  app.post("/api/channels/dead-letters/:id/retry", async function retryDeadLetter(req, res) {
    readBody(req, z.strictObject({}));
    await channels.retry(req.params.id, sessionOf(res).user);
    res.status(202).json({ id: req.params.id, state: "waiting" });
  });
}
