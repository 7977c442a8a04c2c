import { existsSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import express, { type ErrorRequestHandler, type Express, type Response } from "express";
import { asRefusal, errorCatalogue, Refusal } from "../domain/errors.ts";
import type { Logger, SignedOut } from "../domain/ports.ts";
import { loginCookies, requireSession, sessionCookies } from "./browser-sessions.ts";
import type { ConsoleDeps } from "./deps.ts";
import { dataApiRoutes } from "./opa/data.ts";
import { bodyRefusal } from "./read-request.ts";
import { checkHost, checkOrigin, type Origins, originsOf, securityHeaders } from "./origins.ts";
import { callbackPath, providerLogin } from "./oidc/provider-login.ts";
import { type Passkeys, passkeys, type RelyingParty, relyingParty } from "./passkeys/passkeys.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { callbackPage, connectedAccountRoutes } from "./routes/connected-accounts.ts";
import { connectionRoutes } from "./routes/connections.ts";
import { backChannelLogoutRoute } from "./routes/back-channel-logout.ts";
import { channelRoutes, publicStatusRoutes, statusRoutes } from "./routes/status.ts";
import { toolRoutes } from "./routes/tools.ts";
import { decisionRoutes } from "./routes/decisions.ts";
import { type EventHub, eventHub } from "./routes/events.ts";
import { policyRoutes } from "./routes/policy.ts";
import { grantRoutes } from "./routes/grants.ts";
import { passkeyRoutes } from "./routes/passkeys.ts";
import { peopleRoutes } from "./routes/people.ts";
import { revocationRoutes } from "./routes/revocations.ts";
import { agentSessionRoutes } from "./routes/agent-sessions.ts";
import { sessionRoutes, type SignInDeps, signInRoutes } from "./routes/sign-in.ts";
import { signalRoutes } from "./routes/signals.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { Sessions, sharedMemory } from "./sessions.ts";
import { type OneTimeSecrets, ownSecrets, secretsIn } from "../sign-in/one-time-secrets.ts";

interface Console {
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
  const signIn = signInDeps(deps, origins);
  const { sessions } = signIn;
  const party = relyingParty(deps.publicUrl, origins);
  const keys = passkeys({ ...deps, sessions, secrets: signIn.secrets }, party);
  const events = eventHub(deps, sessions);

  const app = bareApp(deps);
  app.use(securityHeaders(origins));
  publicStatusRoutes(app, deps);
  app.use(checkHost(origins), checkOrigin(origins));
  if (deps.dataApi !== null) dataApiRoutes(app, deps.dataApi, requireSession(signIn), deps.logger);
  pageRoutes(app, deps.staticDir);
  app.use("/api", express.json({ limit: "32kb", type: "application/json" }));
  signInRoutes(app, signIn);
  backChannelLogoutRoute(app, { ...deps, end: endAtProvider(sessions, events) });
  app.use("/api", requireSession(signIn));
  sessionRoutes(app, signIn);
  ownRoutes(app, deps, keys, party);
  approvalRoutes(app, { ...deps, keys, sessions });
  peopleRoutes(app, { ...deps, onRemoved: endOpen(sessions, events) });
  grantRoutes(app, deps);
  revocationRoutes(app, { ...deps, sessions });
  channelRoutes(app, deps);
  signalRoutes(app, deps);
  toolRoutes(app, deps);
  agentSessionRoutes(app, deps);
  taskRoutes(app, deps);
  decisionRoutes(app, deps);
  stateRoutes(app, deps);
  events.route(app);
  notFoundPage(app, deps.staticDir);
  app.use(unknownAddress, problemHandler(deps.logger));
  return { app, close: () => events.close() };
}

function unknownAddress(): never {
  throw new Refusal("resource_unknown");
}

function bareApp({ trustedProxies }: ConsoleDeps): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple").set("case sensitive routing", true);
  return app.set("trust proxy", [...trustedProxies]);
}

/** How the policy and the gateway are. */
function stateRoutes(app: Express, deps: ConsoleDeps): void {
  policyRoutes(app, deps);
  statusRoutes(app, deps);
}

/** What is each person's own, and what of it operators see. */
function ownRoutes(app: Express, deps: ConsoleDeps, keys: Passkeys, party: RelyingParty | null): void {
  passkeyRoutes(app, deps, keys, party);
  connectedAccountRoutes(app, deps);
  connectionRoutes(app, deps);
}

/** What is open under an account that is gone ends with it. */
function endOpen(sessions: Sessions, events: EventHub): (account: string) => Promise<void> {
  return async function endOf(account) {
    await sessions.endAll(account);
    events.endOver();
  };
}

/** What is open under sessions that ended at their provider ends with them. */
function endAtProvider(sessions: Sessions, events: EventHub): (who: SignedOut) => Promise<number> {
  return async function end(who) {
    const ended = await sessions.endAtProvider(who);
    if (ended > 0) events.endOver();
    return ended;
  };
}

function signInDeps(deps: ConsoleDeps, origins: Origins): SignInDeps & { readonly secrets: OneTimeSecrets } {
  const { login, shared, clock } = deps;
  const secrets = shared === null ? ownSecrets(clock) : secretsIn(shared.secrets);
  const providerForMs = login.provider?.rolesForMs ?? 0;
  const memory = shared === null ? {} : { memory: sharedMemory(shared.sessions, clock) };
  return {
    ...deps,
    secrets,
    sessions: new Sessions({ ...deps, providerForMs, ...memory }),
    cookies: sessionCookies(origins),
    loginCookies: loginCookies(origins),
    provider: login.provider === null ? null : providerLogin(login.provider, { ...deps, secrets }),
  };
}

/** Answers with RFC 9457 problem details. The detail for operators never leaves the log. */
function sendProblem(res: Response, refusal: Refusal): void {
  res.status(refusal.status).type("application/problem+json");
  if (refusal.retryAfterS !== null) res.set("Retry-After", String(refusal.retryAfterS));
  res.send(
    JSON.stringify({
      type: "about:blank",
      title: errorCatalogue[refusal.code].sentence,
      status: refusal.status,
      code: refusal.code,
      ...(refusal.hint === null ? {} : { detail: refusal.hint }),
    }),
  );
}

function problemHandler(logger: Logger): ErrorRequestHandler {
  return function answerProblem(thrown: unknown, req, res, next) {
    const refusal = bodyRefusal(thrown) ?? asRefusal(thrown);
    if (refusal.status >= 500)
      logger.error("console: request failed", { method: req.method, path: req.path, detail: refusal.detail });
    if (res.headersSent) return next(thrown);
    sendProblem(res, refusal);
  };
}

/** Addresses that the page resolves itself; the id comes from the address bar. */
const pages = [
  ...[
    "/",
    "/approvals",
    "/approvals/:id",
    "/grants",
    "/access",
    "/fatigue",
    "/channels",
    "/tools",
    "/sessions",
    "/sessions/:ref",
    "/tasks",
    "/tasks/:id",
    "/decisions",
    "/decisions/:id",
  ],
  ...["/account", callbackPath, "/connected-accounts", callbackPage],
];

function pageRoutes(app: Express, staticDir: string): void {
  const index = join(staticDir, "index.html");
  // Built files carry their content's hash in the name, so they never change under it.
  app.use(
    "/assets",
    express.static(join(staticDir, "assets"), { index: false, redirect: false, setHeaders: keepForever }),
  );
  app.get(pages, function showPage(_req, res) {
    if (!existsSync(index)) throw new Refusal("console_missing", { hint: "build them with: npx vite build console" });
    res.sendFile("index.html", { root: staticDir, cacheControl: false });
  });
  app.use(express.static(staticDir, { index: false, cacheControl: false, redirect: false }));
}

/** A browser at an address that names nothing gets the console, which says so, and not JSON; programs get the refusal. */
function notFoundPage(app: Express, staticDir: string): void {
  app.get("/{*path}", function showNotFound(req, res, next) {
    if (req.path.startsWith("/api") || req.accepts(["json", "html"]) !== "html") next();
    else res.status(404).sendFile("index.html", { root: staticDir, cacheControl: false });
  });
}

function keepForever(res: ServerResponse): void {
  res.setHeader("Cache-Control", "public, max-age=31536000, immutable");
}
