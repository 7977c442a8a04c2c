import type { Express } from "express";
import type { ConsoleDeps } from "../deps.ts";

/** Statements for people who were not there; what they are signed with is public. */
export function receiptRoutes(app: Express, { receipts, clock }: Pick<ConsoleDeps, "receipts" | "clock">): void {
  app.get("/api/approvals/:id/receipts", async function listReceipts(req, res) {
    res.json({ items: await receipts.of(req.params.id), now: clock.now() });
  });
}

/** No session: whoever checks a receipt need not be able to sign in here. */
export function receiptKeyRoute(app: Express, { receiptKeys }: Pick<ConsoleDeps, "receiptKeys">): void {
  app.get("/.well-known/sallyport/approval-keys.json", function showKeys(_req, res) {
    res.type("application/jwk-set+json").send(JSON.stringify(receiptKeys));
  });
}
