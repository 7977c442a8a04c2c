import express, { type Express } from "express";
import { asRefusal } from "../../domain/errors.ts";
import type { LogoutReceiver, SignedOut } from "../../domain/ports.ts";

interface LogoutDeps {
  /** Null when nobody signs in elsewhere. */
  readonly logouts: LogoutReceiver | null;
  /** Ends the sessions, and what is open under them. @returns how many there were */
  readonly end: (who: SignedOut) => Promise<number>;
}

/**
 * Where the provider says that a session there has ended (OpenID Connect Back-Channel Logout 1.0 §2.5). It is called by a server:
 * what it may is in the signed token alone.
 */
export function backChannelLogoutRoute(app: Express, { logouts, end }: LogoutDeps): void {
  if (logouts === null) return;
  const form = express.urlencoded({ extended: false, limit: "32kb", parameterLimit: 10 });
  app.post("/api/login/provider/logout", form, async function signOut(req, res) {
    const { logout_token: token } = (req.body ?? {}) as { readonly logout_token?: unknown };
    try {
      await logouts.receive(typeof token === "string" ? token : "", end);
      res.status(200).end();
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      // §2.8
      res.status(refusal.status).json({ error: "invalid_request", error_description: refusal.sentence });
    }
  });
}
