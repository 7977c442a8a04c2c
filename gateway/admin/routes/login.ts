import type { Express } from "express";
import { z } from "zod";
import type { CheckPassword } from "../check-password.ts";
import { clientAddress, readBody } from "../read-request.ts";
import { readCookies, setCookie } from "../cookies.ts";
import { type DoorDeps, beginSession, sessionView } from "../begin-session.ts";
import type { ProviderLogin } from "../oidc/provider-login.ts";
import { sessionOf } from "../signed-in.ts";

const credentials = z.strictObject({ user: z.string().min(1).max(200), password: z.string().min(1).max(1024) });

export function loginRoutes(app: Express, deps: DoorDeps, checkPassword: CheckPassword): void {
  /** What the sign-in page offers, and where people come back to after a provider. */
  app.get("/api/login", function showLogin(_req, res) {
    const { passwords, provider } = deps.login;
    const offered = provider === null ? null : { label: provider.label };
    res.json({ passwords, provider: offered, origin: deps.publicUrl, now: deps.clock.now() });
  });

  app.post("/api/login", async function login(req, res) {
    const { user, password } = readBody(req, credentials);
    const account = await checkPassword(res, { name: user, address: clientAddress(req), signedIn: false }, password);
    const session = beginSession(deps, req, res, account.id, { method: "password", idToken: null });
    res.json(sessionView(session, deps.clock.now()));
  });
}

export function sessionRoutes(app: Express, deps: DoorDeps, provider: ProviderLogin | null): void {
  app.get("/api/session", function showSession(_req, res) {
    res.json(sessionView(sessionOf(res), deps.clock.now()));
  });

  /** Ends the session here. Whoever came from a provider is told where to end the one there; going there is their choice. */
  app.post("/api/logout", async function logout(req, res) {
    const session = sessionOf(res);
    const idToken = deps.sessions.idTokenOf(session.id);
    for (const id of readCookies(req.headers.cookie, deps.cookies)) deps.sessions.end(id);
    deps.logger.info("console: signed out", { user: session.user, account: session.account });
    res.set(
      "Set-Cookie",
      deps.cookies.map((kind) => setCookie(kind, "", 0)),
    );
    const elsewhere = idToken === null || provider === null ? null : await provider.signOutUrl(idToken);
    if (elsewhere === null) res.status(204).end();
    else res.json({ sign_out_at: elsewhere });
  });
}
