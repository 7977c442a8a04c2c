import type { Express } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import type { CheckPassword } from "../check-password.ts";
import { clientAddress, readBody, returnTo } from "../read-request.ts";
import { type DoorDeps, sessionView, stepUp } from "../begin-session.ts";
import { purposeBody, purposeOf } from "../step-up-purposes.ts";
import { sessionOf } from "../signed-in.ts";
import { type ProviderDoor, sendThere } from "./provider.ts";

const byPassword = z.strictObject({ for: purposeBody, password: z.string().min(1).max(1024) });
const byProvider = z.strictObject({ for: purposeBody, return_to: returnTo });

/** Who somebody is, proven again: with the password, as slowly as at sign-in, or at the provider. */
export function stepUpRoutes(app: Express, deps: DoorDeps, door: ProviderDoor | null, check: CheckPassword): void {
  app.post("/api/step-up", async function proveByPassword(req, res) {
    const wanted = readBody(req, byPassword);
    const session = sessionOf(res);
    // Whose password it is, is not a question of the name: a local user may be called as somebody of the provider is.
    const guesser = { name: session.user, address: clientAddress(req), signedIn: true };
    const proven = await check(res, guesser, wanted.password);
    if (proven.id !== session.account) throw new Refusal("login_failed");
    const evidence = { by: "password", at: new Date(deps.clock.now()).toISOString() };
    const after = stepUp(deps, res, session, { purpose: purposeOf(wanted.for), evidence });
    res.json(sessionView(after, deps.clock.now()));
  });

  app.post("/api/step-up/provider", async function proveAtProvider(req, res) {
    const wanted = readBody(req, byProvider);
    const { account, method } = sessionOf(res);
    if (door === null || method !== "oidc")
      throw new Refusal("resource_unknown", { hint: "no provider signed you in" });
    const errand = { stepUp: { account, purpose: purposeOf(wanted.for) }, returnTo: wanted.return_to };
    await sendThere(door, res, errand, `account ${account}`);
  });
}
