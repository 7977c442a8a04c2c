import type { Express, Request, Response } from "express";
import { z } from "zod";
import { callerAddress } from "../../lib/request-headers.ts";
import { Refusal } from "../../domain/errors.ts";
import { clientAddress, readBody, returnTo } from "../read-request.ts";
import { type CookieKind, readCookies, setCookie } from "../cookies.ts";
import { type DoorDeps, beginSession, sessionView, stepUp } from "../begin-session.ts";
import { type Arrival, type Errand, type ProviderLogin, tripSeconds } from "../oidc/provider-login.ts";
import { currentSession } from "../signed-in.ts";

export interface ProviderDoor extends DoorDeps {
  readonly provider: ProviderLogin;
  readonly tripCookies: readonly CookieKind[];
}

const beginning = z.strictObject({ return_to: returnTo });
const ending = z.strictObject({ parameters: z.string().max(8192) });

/**
 * To the provider and back. No GET changes anything here either: the provider sends people back to a page, and that page
 * posts what stands in its address. So the browser sends its cookies as to any page of the same site, and all of them
 * stay SameSite=Strict; what another site makes it open or post brings nobody in.
 */
export function providerRoutes(app: Express, deps: ProviderDoor): void {
  app.post("/api/login/provider", async function beginLogin(req, res) {
    const { return_to } = readBody(req, beginning);
    await sendThere(deps, res, { stepUp: null, returnTo: return_to }, callerAddress(clientAddress(req)));
  });

  app.post("/api/login/provider/finish", async function finishLogin(req, res) {
    const { parameters } = readBody(req, ending);
    const [secret = null] = readCookies(req.headers.cookie, deps.tripCookies);
    for (const kind of deps.tripCookies) res.append("Set-Cookie", setCookie(kind, "", 0));
    const arrival = await deps.provider.finish(secret, parameters);
    const session = arrival.stepUp === null ? signIn(deps, req, res, arrival) : prove(deps, req, res, arrival);
    res.json({ ...sessionView(session, deps.clock.now()), return_to: arrival.returnTo });
  });
}

/** Answers with the provider's address; the browser keeps what proves that the same one came back. */
export async function sendThere(deps: ProviderDoor, res: Response, errand: Errand, asker: string): Promise<void> {
  const { location, secret } = await deps.provider.begin(errand, asker);
  for (const kind of deps.tripCookies) res.append("Set-Cookie", setCookie(kind, secret, tripSeconds));
  res.json({ location });
}

function signIn(deps: ProviderDoor, req: Request, res: Response, { account, vouched }: Arrival) {
  return beginSession(deps, req, res, account.id, { method: "oidc", idToken: vouched.idToken });
}

/** The session that asked must still be the one of this browser. */
function prove(deps: ProviderDoor, req: Request, res: Response, arrival: Arrival) {
  const { account, vouched } = arrival;
  const session = currentSession(req, deps.sessions, deps.cookies);
  if (
    arrival.stepUp === null ||
    session === null ||
    session.account !== arrival.stepUp.account ||
    account.id !== session.account
  )
    throw new Refusal("session_required");
  const { auth_time, acr = null, amr = null } = vouched.claims;
  const evidence = { by: "oidc", issuer: vouched.issuer, auth_time: auth_time ?? null, acr, amr };
  return stepUp(deps, res, session, { purpose: arrival.stepUp.purpose, evidence }, vouched.idToken);
}
