import express, { type Express } from "express";
import { Refusal } from "../domain/errors.ts";
import { sessionCookies } from "./cookies.ts";
import type { ConsoleDeps } from "./deps.ts";
import { securityHeaders } from "./headers.ts";
import { originsOf } from "./origins.ts";
import { problemHandler } from "./problem.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { channelRoutes } from "./routes/channels.ts";
import { decisionRoutes } from "./routes/decisions.ts";
import { eventHub } from "./routes/events.ts";
import { fatigueRoute } from "./routes/fatigue.ts";
import { grantRoutes } from "./routes/grants.ts";
import { loginRoute, sessionRoutes } from "./routes/login.ts";
import { pageRoutes } from "./routes/pages.ts";
import { policyRoutes } from "./routes/policy.ts";
import { probeRoutes } from "./routes/probes.ts";
import { receiptRoutes, receiptKeyRoute } from "./routes/receipts.ts";
import { revocationRoutes } from "./routes/revocations.ts";
import { checkHost, checkOrigin } from "./same-origin.ts";
import { consoleSessions } from "./sessions.ts";
import { currentSession, requireSession } from "./signed-in.ts";
import { loginThrottle } from "./throttle.ts";
import { workQueue } from "./work-queue.ts";

export interface Console {
  /** Request handler for the console's own listener. */
  readonly app: Express;
  /** Ends live streams and timers; the listener is the caller's. */
  close(): void;
}

/**
 * The console: its JSON API and its pages. The order below is the order every request goes through.
 * No GET changes anything; whatever changes something needs a session and its CSRF token.
 * @throws Error when publicUrl is not an http(s) URL
 */
export function createConsole(deps: ConsoleDeps): Console {
  const origins = originsOf(deps.publicUrl);
  const cookies = sessionCookies(origins);
  const sessions = consoleSessions(deps);
  const login = { ...deps, sessions, cookies, throttle: loginThrottle(deps.clock), queue: workQueue() };
  const events = eventHub(deps, (req) => currentSession(req, sessions, cookies) !== null);

  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple").set("case sensitive routing", true);
  app.use(securityHeaders(origins));
  probeRoutes(app, deps);
  receiptKeyRoute(app, deps);
  app.use(checkHost(origins));
  app.use(checkOrigin(origins));
  pageRoutes(app, deps.staticDir);
  app.use("/api", express.json({ limit: "32kb", type: "application/json" }));
  loginRoute(app, login);
  app.use("/api", requireSession(sessions, cookies));
  sessionRoutes(app, login);
  approvalRoutes(app, deps);
  receiptRoutes(app, deps);
  fatigueRoute(app, deps);
  grantRoutes(app, deps);
  revocationRoutes(app, deps);
  channelRoutes(app, deps);
  decisionRoutes(app, deps);
  policyRoutes(app, deps);
  events.route(app);
  app.use(function unknownAddress() {
    throw new Refusal("resource_unknown");
  });
  app.use(problemHandler(deps.logger));
  return { app, close: () => events.close() };
}
